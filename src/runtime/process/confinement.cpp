// Calls that install a filter. One that fails all the same leaves the process confined, which costs little.
#include "runtime/process/confinement.h"

#include "os/confine.h"
#include "os/confined.h"
#include "os/filter_calls.h"
#include "os/system_call.h"
#include "runtime/memory/arena_set.h"
#include "runtime/memory/own_memory.h"
#include "runtime/memory/segment_table.h"
#include "runtime/memory/settings.h"
#include "runtime/threads/thread_slot.h"

namespace padlock::runtime {
namespace {

using os::Filter;

// The kernel is asked for all that it may not be asked for later: a heap goes on in the segments that it has.
// Not from a signal handler that interrupted the allocator, as an arena's lock may be its own.
void prepare_memory() noexcept {
  segment_table.unseal();
  arena_set.for_each([](Arena& arena) { arena.open_segments(); });
}

// Not the child's filter that shares its parent's memory until it runs another program. The kernel refuses
// strict mode to a thread that has a filter already.
void confine(Filter by) noexcept {
  if (by == Filter::kNone || !memory_is_own()) return;
  if (thread_slot.is_idle()) prepare_memory();
  if (by == Filter::kProgram) {
    os::confine();
  } else if (!os::has_filter()) {
    os::confine_strictly();
  }
  do_without_kernel();
}

}  // namespace

void on_prctl_call(PassedCall& call) noexcept {
  const auto& argument = call.argument;
  confine(os::filter_by_prctl(argument[0], argument[1], argument[2]));
}

void on_syscall_call(PassedCall& call) noexcept {
  const auto& argument = call.argument;
  if (argument[0] == SYS_seccomp) confine(os::filter_by_seccomp(argument[1], argument[2], argument[3]));
  if (argument[0] == SYS_prctl) confine(os::filter_by_prctl(argument[1], argument[2], argument[3]));
}

void do_without_kernel() noexcept {
  settings.options.symbolize = false;
  settings.options.give_back_after_s = 0;
}

}  // namespace padlock::runtime
