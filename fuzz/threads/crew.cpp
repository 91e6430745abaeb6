// Starting the threads, and handing steps to them.
#include "threads/crew.h"

#include <utility>

namespace padlock::fuzz {

Crew::~Crew() {
  for (std::size_t i = 0; i < kThreads; ++i) Crew::end(i);
}

void Crew::work(Member& member) {
  std::unique_lock lock(member.mutex);
  while (true) {
    member.changed.wait(lock, [&] { return member.task || member.leaving; });
    if (!member.task) return;
    const Task task = member.task;
    lock.unlock();
    task();
    lock.lock();
    member.task = nullptr;
    member.changed.notify_all();
  }
}

void Crew::give(std::size_t thread, Task task, bool last) {
  Member& member = members_[thread];
  const std::lock_guard lock(member.mutex);
  member.task = std::move(task);
  member.leaving = last;
  if (!member.thread.joinable()) member.thread = std::thread(&Crew::work, std::ref(member));
  member.changed.notify_all();
}

void Crew::wait(std::size_t thread) {
  Member& member = members_[thread];
  std::unique_lock lock(member.mutex);
  member.changed.wait(lock, [&] { return !member.task; });
}

void Crew::run(std::size_t thread, Task task) {
  give(thread, std::move(task), false);
  wait(thread);
}

void Crew::run_together(std::array<Task, kThreads> tasks, const std::array<bool, kThreads>& ending) {
  for (std::size_t i = 0; i < kThreads; ++i) {
    if (tasks[i]) give(i, std::move(tasks[i]), ending[i]);
  }
  for (std::size_t i = 0; i < kThreads; ++i) {
    wait(i);
    if (ending[i]) end(i);
  }
}

void Crew::end(std::size_t thread) {
  Member& member = members_[thread];
  if (!member.thread.joinable()) return;
  {
    const std::lock_guard lock(member.mutex);
    member.leaving = true;
    member.changed.notify_all();
  }
  member.thread.join();
  member.leaving = false;
}

}  // namespace padlock::fuzz
