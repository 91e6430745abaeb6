// A stopped thread of another process, by ptrace(2): its registers, its memory, system calls that it is made
// to make. Which threads there are and when they stop is not known here (tracer.h).
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <span>

#include "arch/thread_registers.h"

namespace padlock::cli {

/// All of it where the thread stands in a stop of ptrace's, called by its tracer. False, or nothing, where
/// the thread has been killed in the meantime.
class Tracee {
 public:
  explicit Tracee(pid_t thread) noexcept : thread_(thread) {}

  bool get(arch::ThreadRegisters& registers) const noexcept;
  bool set(const arch::ThreadRegisters& registers) const noexcept;
  bool get(siginfo_t& info) const noexcept;
  bool set(const siginfo_t& info) const noexcept;
  bool get_mask(std::uint64_t& mask) const noexcept;
  bool set_mask(std::uint64_t mask) const noexcept;
  /// The thread does not block SIGSEGV from here on: one that it blocks would never come to the handler, or,
  /// raised by an instruction, would end the process without it.
  void let_traps_through() const noexcept;

  bool read(std::uintptr_t address, std::span<std::byte> to) const noexcept;
  template <typename T>
  bool read_object(std::uintptr_t address, T& object) const noexcept {
    return read(address, std::as_writable_bytes(std::span(&object, 1)));
  }

  /// Lets the thread execute one instruction, and waits; the status of waitpid(2), 0 where it is gone. While
  /// its signals are blocked (set_mask) it stops for what the instruction did.
  [[nodiscard]] int step() const noexcept;
  /// Waits for the next stop; 0 where it is gone.
  [[nodiscard]] int wait() const noexcept;

  /// mprotect(2), by the instruction at `entry` that enters the kernel; then the thread stands where it
  /// stood, in a stop for SIGTRAP. Signals are to be blocked.
  bool protect(std::uintptr_t entry, std::uintptr_t begin, std::uintptr_t end, int protection) const noexcept;

 private:
  pid_t thread_;
};

}  // namespace padlock::cli
