// All other threads of the process, stopped where they are, with their registers. A task that shares the
// memory (clone(2) with CLONE_VM) traces them: a thread cannot trace those of its own process. Where the
// kernel refuses that, a signal may hold them (signalled_threads.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "os/frozen_thread.h"
#include "os/signalled_threads.h"

namespace padlock::os {

enum class Means : std::uint8_t {
  kTracing,          // the program notices nothing
  kTracingOrSignal,  // its system calls may be interrupted
};

/// Not thread-safe; one at a time. The caller blocks signals, and between the constructor and the destructor
/// waits for no lock that another thread may hold: libc's and the loader's among them. Makes only system
/// calls.
class FrozenThreads {
 public:
  explicit FrozenThreads(Means means) noexcept;
  /// They run on.
  ~FrozenThreads();
  FrozenThreads(const FrozenThreads&) = delete;
  FrozenThreads& operator=(const FrozenThreads&) = delete;

  /// Null: every other thread stands still. Otherwise none does, and this says why.
  [[nodiscard]] const char* problem() const noexcept { return problem_; }
  [[nodiscard]] std::span<const FrozenThread> threads() const noexcept;

 private:
  struct Shared;

  static int trace(void* shared);
  const char* begin() noexcept;
  void end() noexcept;

  Shared* shared_ = nullptr;
  std::size_t mapped_ = 0;
  std::int32_t tracer_ = 0;
  const char* problem_ = nullptr;
  SignalledThreads signalled_;
  bool is_signalled_ = false;
};

/// The vector of a thread's dynamic thread-local blocks, by glibc's layout; empty where the thread pointer is
/// not one of glibc's.
std::span<const std::uintptr_t> thread_local_vector(std::uintptr_t thread_pointer) noexcept;

}  // namespace padlock::os
