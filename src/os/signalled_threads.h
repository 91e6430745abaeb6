// All other threads of the process, held in a signal handler, with the registers that the signal found: for
// where they cannot be traced, under a debugger or a tracer, say. Unlike tracing, the program can notice it:
// a thread's slow system call fails with EINTR where the kernel does not begin it again. A thread that
// blocks the signal, in a handler of libc's own or a child's creation, cannot be held.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "os/frozen_thread.h"

namespace padlock::os {

/// Not thread-safe; one at a time. What the caller must not do between hold() and release() is what
/// FrozenThreads says.
class SignalledThreads {
 public:
  SignalledThreads() noexcept = default;
  ~SignalledThreads() { release(); }
  SignalledThreads(const SignalledThreads&) = delete;
  SignalledThreads& operator=(const SignalledThreads&) = delete;

  /// Null: every other thread stands still. Otherwise none does, and this says why.
  const char* hold() noexcept;
  /// They run on. May be called again.
  void release() noexcept;
  [[nodiscard]] std::span<const FrozenThread> threads() const noexcept;

 private:
  const char* hold_all() noexcept;
  const char* hold_new(std::int64_t until, bool& some) noexcept;
  bool send(std::int32_t thread) noexcept;
  bool wait_for(FrozenThread& thread, std::int64_t until) noexcept;
  [[nodiscard]] bool knows(std::int32_t thread) const noexcept;

  FrozenThread* threads_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t mapped_ = 0;
  bool all_answered_ = true;
  std::int32_t process_ = 0;
  std::int32_t caller_ = 0;
};

}  // namespace padlock::os
