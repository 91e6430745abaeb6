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

enum class Filter { kNone, kStrict, kProgram };

// Not the child's filter that shares its parent's memory until it runs another program. The kernel refuses
// strict mode to a thread that has a filter already.
void confine(Filter by) noexcept {
  if (by == Filter::kNone || !memory_is_own()) return;
  if (by == Filter::kProgram) {
    os::confine();
  } else if (os::system_call(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0, 0).value() == SECCOMP_MODE_DISABLED) {
    os::confine_strictly();
  }
  do_without_kernel();
}

// Without a filter the program only asks whether the kernel knows the call.
Filter filter_by_prctl(std::uintptr_t option, std::uintptr_t mode, std::uintptr_t filter) noexcept {
  if (option != PR_SET_SECCOMP) return Filter::kNone;
  if (mode == SECCOMP_MODE_STRICT) return Filter::kStrict;
  return mode == SECCOMP_MODE_FILTER && filter != 0 ? Filter::kProgram : Filter::kNone;
}

Filter filter_by_seccomp(std::uintptr_t operation, std::uintptr_t flags, std::uintptr_t filter) noexcept {
  if (operation == SECCOMP_SET_MODE_STRICT)
    return flags == 0 && filter == 0 ? Filter::kStrict : Filter::kNone;
  return operation == SECCOMP_SET_MODE_FILTER && filter != 0 ? Filter::kProgram : Filter::kNone;
}

}  // namespace

void on_prctl_call(PassedCall& call) noexcept {
  const auto& argument = call.argument;
  confine(filter_by_prctl(argument[0], argument[1], argument[2]));
}

void on_syscall_call(PassedCall& call) noexcept {
  const auto& argument = call.argument;
  if (argument[0] == SYS_seccomp) confine(filter_by_seccomp(argument[1], argument[2], argument[3]));
  if (argument[0] == SYS_prctl) confine(filter_by_prctl(argument[1], argument[2], argument[3]));
}

void do_without_kernel() noexcept {
  settings.options.symbolize = false;
  settings.options.give_back_after = 0;
}

}  // namespace padlock::runtime
