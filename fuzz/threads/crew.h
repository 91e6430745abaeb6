// Threads that execute the steps they get: one at a time, so that a script always runs the same way, or all
// at once.
#pragma once

#include <array>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "threads/script.h"

namespace padlock::fuzz {

/// Threads begin when they are first needed, and run as the system lets them. Not thread-safe itself.
class Crew {
 public:
  using Task = std::function<void()>;

  Crew() = default;
  virtual ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// Returns when the thread is done.
  virtual void run(std::size_t thread, Task task);
  /// Returns when all are done. An empty task is nothing. Threads of `ending` end as soon as they are done,
  /// while others go on.
  virtual void run_together(std::array<Task, kThreads> tasks, const std::array<bool, kThreads>& ending);
  /// The thread ends; a new one takes its place when it is next needed.
  virtual void end(std::size_t thread);
  /// By a thread's task, in the child of a fork: the other threads are gone.
  virtual void only_survivor() {}
  /// By a thread's task: whether kSignalNumber may be sent to it from here on, at any moment of the
  /// runtime's.
  virtual void await_signal(bool /*awaited*/) {}
  static constexpr int kSignalNumber = SIGURG;  // which nobody else has a use for
  /// Has time go by. False if it goes by itself alone.
  virtual bool pass(std::int64_t /*seconds*/) { return false; }

 private:
  struct Member {
    std::thread thread;
    std::mutex mutex;
    std::condition_variable changed;
    Task task;
    bool leaving = false;
  };

  static void work(Member& member);
  void give(std::size_t thread, Task task, bool last);
  void wait(std::size_t thread);

  std::array<Member, kThreads> members_;
};

}  // namespace padlock::fuzz
