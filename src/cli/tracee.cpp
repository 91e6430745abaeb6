// The requests of ptrace(2).
#include "cli/tracee.h"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <cerrno>

#include "arch/traced_call.h"

namespace padlock::cli {

bool Tracee::get(arch::ThreadRegisters& registers) const noexcept {
  return ptrace(PTRACE_GETREGS, thread_, nullptr, &registers) == 0;
}

bool Tracee::set(const arch::ThreadRegisters& registers) const noexcept {
  return ptrace(PTRACE_SETREGS, thread_, nullptr, &registers) == 0;
}

bool Tracee::get(siginfo_t& info) const noexcept {
  return ptrace(PTRACE_GETSIGINFO, thread_, nullptr, &info) == 0;
}

bool Tracee::set(const siginfo_t& info) const noexcept {
  return ptrace(PTRACE_SETSIGINFO, thread_, nullptr, &info) == 0;
}

bool Tracee::get_mask(std::uint64_t& mask) const noexcept {
  return ptrace(PTRACE_GETSIGMASK, thread_, sizeof mask, &mask) == 0;
}

bool Tracee::set_mask(std::uint64_t mask) const noexcept {
  return ptrace(PTRACE_SETSIGMASK, thread_, sizeof mask, &mask) == 0;
}

void Tracee::let_traps_through() const noexcept {
  constexpr std::uint64_t kTrap = std::uint64_t{1} << (SIGSEGV - 1);
  std::uint64_t mask = 0;
  if (get_mask(mask) && (mask & kTrap) != 0) set_mask(mask & ~kTrap);
}

bool Tracee::read(std::uintptr_t address, std::span<std::byte> to) const noexcept {
  const iovec here = {to.data(), to.size()};
  const iovec there = {reinterpret_cast<void*>(address), to.size()};
  return process_vm_readv(thread_, &here, 1, &there, 1, 0) == static_cast<ssize_t>(to.size());
}

int Tracee::wait() const noexcept {
  int status = 0;
  while (waitpid(thread_, &status, __WALL) < 0) {
    if (errno != EINTR) return 0;
  }
  return status;
}

int Tracee::step() const noexcept {
  return ptrace(PTRACE_SINGLESTEP, thread_, nullptr, nullptr) == 0 ? wait() : 0;
}

bool Tracee::protect(std::uintptr_t entry, std::uintptr_t begin, std::uintptr_t end,
                     int protection) const noexcept {
  arch::ThreadRegisters before;
  const arch::TracedCall call = {SYS_mprotect, {begin, end - begin, static_cast<std::uint64_t>(protection)}};
  if (!get(before) || !set(arch::calling(before, entry, call))) return false;
  arch::ThreadRegisters after;
  do {
    const int status = step();
    if (!WIFSTOPPED(status) || !get(after)) return false;
  } while (arch::instruction_of(after) == entry);
  return set(before) && arch::call_result_of(after) == 0;
}

}  // namespace padlock::cli
