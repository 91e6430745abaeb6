// The threads of a script under the scheduler: steps made together are made by a schedule.
#pragma once

#include "schedules/scheduler.h"
#include "threads/crew.h"

namespace padlock::fuzz {

class ScheduledCrew final : public Crew {
 public:
  void run(std::size_t thread, Task task) override {
    std::array<Task, kThreads> tasks;
    tasks[thread] = std::move(task);
    scheduler.run(std::move(tasks), {}, false);
  }
  void run_together(std::array<Task, kThreads> tasks, const std::array<bool, kThreads>& ending) override {
    scheduler.run(std::move(tasks), ending, true);
  }
  void end(std::size_t thread) override { scheduler.end(thread); }
  void only_survivor() override { scheduler.only_survivor(); }
  void await_signal(bool awaited) override { scheduler.await_signal(awaited); }
  bool pass(std::int64_t seconds) override {
    scheduler.pass(seconds * 1'000'000);
    return true;
  }
};

}  // namespace padlock::fuzz
