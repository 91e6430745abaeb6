// The exit hook.
#include "runtime/exit.h"

#include "options/text.h"
#include "os/thread.h"
#include "runtime/checks.h"
#include "runtime/reporter.h"
#include "runtime/settings.h"
#include "runtime/statistics.h"

// Functions that belong to no module run when exit() has called everything registered later: registered
// before the program starts, this one runs after the program's handlers and destructors.
extern "C" int __cxa_atexit(void (*function)(void*), void* argument, void* module);

namespace padlock::runtime {
namespace {

void say_goodbye() noexcept {
  if (settings.options.verbosity == 0) return;
  char buffer[1024];
  options::TextWriter text(buffer);
  if (settings.options.verbosity > 1) describe_statistics(text);
  text.append("==").signed_decimal(os::process_id()).append("==Padlock: faults found: ");
  text.decimal(reporter.faults()).append('\n');
  reporter.say(text.view());
}

void on_exit(void*) {
  if (settings.options.check_at_exit) check_heap(core::Moment::kExit, PADLOCK_CALLER_STATE());
  say_goodbye();
}

}  // namespace

void watch_exit() noexcept { __cxa_atexit(on_exit, nullptr, nullptr); }

}  // namespace padlock::runtime
