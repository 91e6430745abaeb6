// Threads of which exactly one runs at a time: which one is decided at each atomic access of the runtime, and
// wherever it waits, by a schedule and by nothing else. So a run is the same each time.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>

#include "schedules/run_log.h"
#include "schedules/schedule.h"
#include "threads/script.h"

namespace padlock::fuzz {

using Task = std::function<void()>;

/// One in a process. Functions without "by the thread that runs" are for the thread that made it, which is
/// none of the scheduled ones.
class Scheduler {
 public:
  /// `log`: outlives it.
  void begin(Schedule schedule, RunLog& log);

  /// Has the threads do their tasks (an empty one is none), and returns when all are done. Threads of
  /// `ending` depart then. `explored`: by the schedule; otherwise they take turns as they come.
  void run(std::array<Task, kThreads> tasks, const std::array<bool, kThreads>& ending, bool explored);
  /// The thread ends; a new one takes its place when it is next needed.
  void end(std::size_t thread);

  /// The thread that calls, while a schedule says which one runs; otherwise kThreads.
  [[nodiscard]] std::size_t scheduled() const noexcept;

  // By the thread that runs, from anywhere in the runtime; from any other thread they do nothing.

  /// Whether the signal may come at any atomic access of the thread from here on: as the schedule says, and
  /// once.
  void await_signal(bool awaited) noexcept;

  /// An atomic access comes next.
  void access(std::uintptr_t address, bool writes) noexcept;
  /// Others go on first, if there are any.
  void give_way() noexcept;
  /// Returns when another thread has called wake() for `word`.
  void wait_for(const void* word) noexcept;
  void wake(const void* word) noexcept;
  /// After fork(2), in the child: the others are gone.
  void only_survivor() noexcept;
  /// Microseconds that seem to have passed.
  std::int64_t now() noexcept;
  void pass(std::int64_t microseconds) noexcept;

  /// What the runtime does at the end of each thread that has asked for it.
  void at_thread_end(void (*at_end)() noexcept) noexcept;
  void await_thread_end() noexcept;

 private:
  enum class State : std::uint8_t { kNothing, kReady, kWaiting, kLeaving };

  struct Worker {
    std::atomic<std::uint32_t> has_turn{0};
    State state = State::kNothing;
    const void* waits_for = nullptr;
    Task task;
    bool ends = false;        // after the task
    bool awaits_end = false;  // for the runtime
    bool awaits_signal = false;
    bool alive = false;
    unsigned long handle = 0;  // pthread_t
  };

  static void* work(void* worker);
  void work(std::size_t number);
  [[nodiscard]] std::uint8_t others_than(std::size_t thread) const noexcept;
  [[nodiscard]] static std::size_t next_of(std::size_t thread, std::uint8_t among) noexcept;
  std::size_t decide(Moment moment, std::uintptr_t address, std::size_t otherwise,
                     std::uint8_t others) noexcept;
  void pass_turn(std::size_t to) noexcept;
  void give_turn(std::size_t to) noexcept;
  void leave_turn() noexcept;
  static void sleep_while(std::atomic<std::uint32_t>& word, std::uint32_t seen) noexcept;
  static void wake_one(std::atomic<std::uint32_t>& word) noexcept;
  [[noreturn]] void all_wait() noexcept;

  std::array<Worker, kThreads> workers_;
  std::atomic<std::uint32_t> at_work_{0};  // 1 while tasks are left
  bool explored_ = false;
  bool in_child_ = false;
  Schedule schedule_;
  std::size_t followed_ = 0;  // deviations
  RunLog* log_ = nullptr;
  std::uint32_t in_a_row_ = 0;  // accesses without another thread
  std::int64_t now_ = 1'000'000;
  void (*at_end_)() noexcept = nullptr;
};

/// The status of a process whose run has not come to where its schedule says that another thread goes on.
inline constexpr int kDoesNotFit = 77;
static_assert(kBySignal == kThreads);

extern Scheduler scheduler;

}  // namespace padlock::fuzz
