// The turn goes from thread to thread: each waits in the kernel for its own.
#include "schedules/scheduler.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <cstdio>
#include <utility>

#include "model/require.h"
#include "os/system_call.h"
#include "schedules/races.h"
#include "threads/crew.h"

namespace padlock::fuzz {
namespace {

constexpr std::size_t kNobody = kThreads;
// A thread that waits for another one without giving way (a reader while something is written) gives way
// here.
constexpr std::uint32_t kMostInARow = 20'000;
constexpr std::size_t kMostEventsOfARun = 2'000'000;

thread_local std::size_t self __attribute__((tls_model("initial-exec"))) = kNobody;

}  // namespace

Scheduler scheduler;

void Scheduler::begin(Schedule schedule, RunLog& log) {
  schedule_ = std::move(schedule);
  log_ = &log;
  log.size = 0;
  log.used = 0;
  // Before the runtime's own handler, which takes locks.
  require(pthread_atfork(nullptr, nullptr, [] { scheduler.only_survivor(); }) == 0, "forks are noticed");
}

// Keeps errno, as the runtime has to: a turn that comes before the thread waits for it is an error to the
// kernel.
void Scheduler::sleep_while(std::atomic<std::uint32_t>& word, std::uint32_t seen) noexcept {
  while (word.load() == seen)
    os::system_call(SYS_futex, &word, FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
}

void Scheduler::wake_one(std::atomic<std::uint32_t>& word) noexcept {
  os::system_call(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

void Scheduler::give_turn(std::size_t to) noexcept {
  in_a_row_ = 0;
  workers_[to].has_turn.store(1);
  wake_one(workers_[to].has_turn);
}

void Scheduler::pass_turn(std::size_t to) noexcept {
  if (to == self) return;
  Worker& own = workers_[self];
  own.has_turn.store(0);
  give_turn(to);
  sleep_while(own.has_turn, 0);
}

std::uint8_t Scheduler::others_than(std::size_t thread) const noexcept {
  unsigned others = 0;
  for (std::size_t i = 0; i < kThreads; ++i) {
    if (i != thread && workers_[i].state == State::kReady) others |= 1U << i;
  }
  return static_cast<std::uint8_t>(others);
}

std::size_t Scheduler::next_of(std::size_t thread, std::uint8_t among) noexcept {
  for (std::size_t i = 1; i <= kThreads; ++i) {
    if (const std::size_t next = (thread + i) % kThreads; (among >> next & 1U) != 0) return next;
  }
  return kNobody;
}

// Which thread goes on, of itself and others.
std::size_t Scheduler::decide(Moment moment, std::uintptr_t address, std::size_t otherwise,
                              std::uint8_t others) noexcept {
  if (!explored_) return otherwise;
  const std::size_t event = log_->size++;
  if (event < RunLog::kMostEvents)
    log_->events[event] = {address, moment, static_cast<std::uint8_t>(self), others};
  if (event == kMostEventsOfARun) fail("a schedule comes to an end", {{"events", event}});
  if (followed_ == schedule_.size() || schedule_[followed_].event != event) return otherwise;
  const std::size_t chosen = schedule_[followed_++].thread;
  log_->used = followed_;
  if ((others >> chosen & 1U) == 0) _exit(kDoesNotFit);
  return chosen;
}

std::size_t Scheduler::scheduled() const noexcept { return explored_ ? self : kNobody; }

void Scheduler::access(std::uintptr_t address, bool writes) noexcept {
  if (self == kNobody || !(explored_ || in_child_)) return;
  log_->note_use(address, static_cast<unsigned>(self), writes);
  if (in_child_) return;
  const std::uint8_t others = others_than(self);
  if (++in_a_row_ > kMostInARow && others != 0) return give_way();
  const unsigned signal = workers_[self].awaits_signal ? 1U << kBySignal : 0;
  const std::size_t chosen =
      decide(Moment::kAccess, address, self, static_cast<std::uint8_t>(others | signal));
  if (chosen != kBySignal) return pass_turn(chosen);
  await_signal(false);
  syscall(SYS_tgkill, getpid(), gettid(), Crew::kSignalNumber);
}

void Scheduler::await_signal(bool awaited) noexcept {
  if (self != kNobody) workers_[self].awaits_signal = awaited;
}

void Scheduler::give_way() noexcept {
  if (self == kNobody) return;
  const std::uint8_t others = others_than(self);
  if (others == 0) {
    in_a_row_ = 0;
    return;
  }
  pass_turn(decide(Moment::kChoice, 0, next_of(self, others), others));
}

void Scheduler::wait_for(const void* word) noexcept {
  if (self == kNobody) fail("nobody holds a lock between the steps of a script");
  Worker& own = workers_[self];
  own.state = State::kWaiting;
  own.waits_for = word;
  const std::uint8_t others = others_than(self);
  if (others == 0) all_wait();
  pass_turn(decide(Moment::kChoice, 0, next_of(self, others), others));
}

void Scheduler::wake(const void* word) noexcept {
  for (Worker& worker : workers_) {
    if (worker.state == State::kWaiting && worker.waits_for == word) worker.state = State::kReady;
  }
}

void Scheduler::all_wait() noexcept {
  for (std::size_t i = 0; i < kThreads; ++i) {
    if (workers_[i].state == State::kWaiting)
      std::fprintf(stderr, "thread %zu waits for %p\n", i, workers_[i].waits_for);
  }
  fail("threads do not all wait for each other");
}

void Scheduler::only_survivor() noexcept {
  if (self == kNobody) return;
  explored_ =
      false;  // the log's events are the parent's; at what the child uses its parent is worth preempting
  in_child_ = true;
  await_signal(false);
  for (std::size_t i = 0; i < kThreads; ++i) {
    if (i != self) workers_[i].state = State::kNothing;
  }
}

std::int64_t Scheduler::now() noexcept { return ++now_; }

void Scheduler::pass(std::int64_t microseconds) noexcept { now_ += microseconds; }

void Scheduler::at_thread_end(void (*at_end)() noexcept) noexcept { at_end_ = at_end; }

void Scheduler::await_thread_end() noexcept {
  if (self != kNobody) workers_[self].awaits_end = true;
}

// The thread is done, and needs no turn any more.
void Scheduler::leave_turn() noexcept {
  Worker& own = workers_[self];
  own.state = State::kNothing;
  own.has_turn.store(0);
  const std::uint8_t others = others_than(self);
  if (others != 0) return give_turn(decide(Moment::kChoice, 0, next_of(self, others), others));
  for (const Worker& worker : workers_) {
    if (worker.state == State::kWaiting) all_wait();
  }
  at_work_.store(0);
  wake_one(at_work_);
}

void* Scheduler::work(void* worker) {
  scheduler.work(static_cast<std::size_t>(static_cast<Worker*>(worker) - scheduler.workers_.data()));
  return nullptr;
}

void Scheduler::work(std::size_t number) {
  self = number;
  Worker& own = workers_[number];
  while (true) {
    sleep_while(own.has_turn, 0);
    if (own.task) std::exchange(own.task, nullptr)();
    const bool ends = own.ends;
    if (ends && own.awaits_end) at_end_();
    leave_turn();
    if (ends) return;
  }
}

void Scheduler::run(std::array<Task, kThreads> tasks, const std::array<bool, kThreads>& ending,
                    bool explored) {
  std::uint8_t begun = 0;
  for (std::size_t i = 0; i < kThreads; ++i) {
    Worker& worker = workers_[i];
    worker.ends = ending[i];
    if (!tasks[i]) continue;
    worker.task = std::move(tasks[i]);
    worker.state = State::kReady;
    begun = static_cast<std::uint8_t>(begun | 1U << i);
    if (worker.alive) continue;
    worker.alive = true;
    worker.awaits_end = false;
    require(pthread_create(&worker.handle, nullptr, &Scheduler::work, &worker) == 0, "a thread begins");
  }
  if (begun == 0) return;
  if (explored) races.begin();
  explored_ = explored;
  at_work_.store(1);
  give_turn(decide(Moment::kChoice, 0, next_of(kThreads - 1, begun), begun));
  sleep_while(at_work_, 1);
  explored_ = false;
  for (std::size_t i = 0; i < kThreads; ++i) {
    if ((begun >> i & 1U) == 0 || !ending[i]) continue;
    pthread_join(workers_[i].handle, nullptr);
    workers_[i].alive = false;
    workers_[i].awaits_signal = false;
  }
}

void Scheduler::end(std::size_t thread) {
  if (!workers_[thread].alive) return;
  std::array<Task, kThreads> tasks;
  tasks[thread] = [] {};
  std::array<bool, kThreads> ending{};
  ending[thread] = true;
  run(std::move(tasks), ending, false);
}

}  // namespace padlock::fuzz
