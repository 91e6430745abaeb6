// Whether the process is confined: a filter of system calls may end it for any call that it does not expect.
// From then on Padlock makes only those calls that a heap cannot do without.
#pragma once

#include <sys/syscall.h>

#include <atomic>

namespace padlock::os {

namespace detail {
extern constinit std::atomic<bool> confined __attribute__((visibility("hidden")));
bool is_refused_when_confined(long number) noexcept;
void note_strict() noexcept;  // of the calling thread
}  // namespace detail

/// Async-signal-safe; read before every system call that is not made when confined.
[[gnu::always_inline]] inline bool is_confined() noexcept {
  return detail::confined.load(std::memory_order_relaxed);
}

/// Whether the calling thread is in strict mode.
bool is_strict() noexcept;

/// The system calls that Padlock makes when confined; in strict mode only SYS_write and SYS_exit.
constexpr bool is_made_when_confined(long number) noexcept {
  switch (number) {
    case SYS_mmap:
    case SYS_munmap:
    case SYS_mremap:
    case SYS_mprotect:
    case SYS_brk:
    case SYS_futex:
    case SYS_write:
    case SYS_exit_group:
      return true;
    default:
      return false;
  }
}

/// Whether Padlock makes this call as things stand.
[[gnu::always_inline]] inline bool may_be_made(long number) noexcept {
  return !is_confined() || !detail::is_refused_when_confined(number);
}

}  // namespace padlock::os
