// The exit hook.
#include "runtime/exit.h"

#include <cstdlib>

#include "options/text.h"
#include "os/child.h"
#include "os/thread.h"
#include "runtime/checks.h"
#include "runtime/reporter.h"
#include "runtime/settings.h"
#include "runtime/statistics.h"
#include "runtime/thread_slot.h"

// Functions that belong to no module run when exit() has called everything registered later: registered
// before the program starts, this one runs after the program's handlers and destructors.
extern "C" int __cxa_atexit(void (*function)(void*), void* argument, void* module);

namespace padlock::runtime {
namespace {

constexpr int kFlushTimeoutMs = 10000;  // for whoever reads the output to take it

// A signal handler that interrupted the allocator may call exit(). Then a block may be half written, and the
// program has not entered the allocator a second time.
bool can_check() noexcept { return thread_slot.is_idle(); }

void say_goodbye() noexcept {
  if (settings.options.verbosity == 0 || settings.bystander) return;
  char buffer[1024];
  options::TextWriter text(buffer);
  if (settings.options.verbosity > 1 && can_check()) describe_statistics(text, PADLOCK_CALLER_STATE());
  text.append("==").signed_decimal(os::process_id()).append("==Padlock: faults found: ");
  text.decimal(reporter.faults()).append('\n');
  reporter.say(text.view());
}

// Of a process that was to go on after a fault. 0: its own status stays.
int status_of_faults() noexcept {
  const bool went_on = reporter.faults() != 0 && !settings.options.halt_on_error;
  return went_on ? static_cast<int>(settings.options.exitcode) : 0;
}

void on_exit(void*) {
  if (settings.check_at_exit && can_check()) check_heap(core::Moment::kExit, PADLOCK_CALLER_STATE());
  reporter.wait_until_finished();
  say_goodbye();
  // exit() called once more goes on behind this hook, with the other status.
  const int status = status_of_faults();
  if (status != 0) std::exit(status);
}

}  // namespace

// A child of the process goes the rest of exit()'s way: the streams are libc's alone to walk through, some
// may be locked for good by a thread that waits for input, and the fault may have been in one of them.
void flush_unwritten_output() noexcept {
  const std::int32_t child = os::fork_unnoticed();
  if (child < 0) return;
  if (child > 0) {
    os::wait_or_kill(child, kFlushTimeoutMs);
    return;
  }
  thread_slot.set_activity(Activity::kPrivate);
  std::exit(EXIT_SUCCESS);
}

void watch_exit() noexcept { __cxa_atexit(on_exit, nullptr, nullptr); }

}  // namespace padlock::runtime
