// Calls that install a filter. One that fails all the same leaves the process confined, which costs little.
#include "runtime/process/confinement.h"

#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "os/confined.h"
#include "os/system_call.h"
#include "runtime/memory/own_memory.h"
#include "runtime/memory/settings.h"

namespace padlock::runtime {
namespace {

// Not the child's filter that shares its parent's memory until it runs another program.
void confine() noexcept {
  if (!memory_is_own()) return;
  os::confine();
  do_without_kernel();
}

// Without a filter the program only asks whether the kernel knows the call.
bool filters_by_prctl(std::uintptr_t option, std::uintptr_t mode, std::uintptr_t filter) noexcept {
  if (option != PR_SET_SECCOMP) return false;
  return mode == SECCOMP_MODE_STRICT || (mode == SECCOMP_MODE_FILTER && filter != 0);
}

bool filters_by_seccomp(std::uintptr_t operation, std::uintptr_t filter) noexcept {
  return operation == SECCOMP_SET_MODE_STRICT || (operation == SECCOMP_SET_MODE_FILTER && filter != 0);
}

}  // namespace

void on_prctl_call(PassedCall& call) noexcept {
  const auto& argument = call.argument;
  if (filters_by_prctl(argument[0], argument[1], argument[2])) confine();
}

void on_syscall_call(PassedCall& call) noexcept {
  const auto& argument = call.argument;
  const bool by_seccomp = argument[0] == SYS_seccomp && filters_by_seccomp(argument[1], argument[3]);
  const bool by_prctl = argument[0] == SYS_prctl && filters_by_prctl(argument[1], argument[2], argument[3]);
  if (by_seccomp || by_prctl) confine();
}

void do_without_kernel() noexcept {
  settings.options.symbolize = false;
  settings.options.give_back_after = 0;
}

}  // namespace padlock::runtime
