// Registers for exit and quick_exit, and handles _exit and exec before libc does.
#include "runtime/process/exit.h"

#include <cstdlib>

#include "base/text.h"
#include "os/raw_io.h"
#include "os/thread.h"
#include "runtime/calls/statistics.h"
#include "runtime/guarded/guard_sites.h"
#include "runtime/leaks/leak_check.h"
#include "runtime/memory/own_memory.h"
#include "runtime/memory/settings.h"
#include "runtime/process/last_check.h"
#include "runtime/reporting/reporter.h"
#include "runtime/signals/signal_masks.h"
#include "runtime/signals/signal_table.h"
#include "runtime/threads/thread_slot.h"

extern "C" int __cxa_at_quick_exit(void (*function)(void*), void* module);

namespace padlock::runtime {
namespace {

void say_goodbye() noexcept {
  if (settings.options.verbosity == 0 || settings.bystander) return;
  char buffer[1024];
  TextWriter text(buffer);
  if (settings.options.verbosity > 1 && thread_slot.is_idle())
    describe_statistics(text, PADLOCK_CALLER_STATE());
  text.append("==").signed_decimal(os::process_id()).append("==Padlock: faults found: ");
  text.decimal(reporter.faults()).append('\n');
  reporter.say(text.view());
}

// Of all blocks that were to be guarded. Programs that run others may take whatever those say for an error.
void say_share() noexcept {
  const GuardSites::Share share = guard_sites.share();
  if (!guard_sites.guards_all() || share.blocks == 0) return;
  const bool asked_for = settings.options.guard_share_of == os::process_id();
  const bool any_left_out = share.guarded != share.blocks;  // otherwise a run without faults says nothing
  if (settings.options.verbosity == 0 && !(asked_for && any_left_out)) return;
  char buffer[200];
  TextWriter text(buffer);
  const std::uint64_t thousandths = share.guarded * 1000 / share.blocks;
  text.append("==").signed_decimal(os::process_id()).append("==Padlock: guarded: ").decimal(share.guarded);
  text.append(" of ").decimal(share.blocks).append(" blocks (").decimal(thousandths / 10).append('.');
  text.decimal(thousandths % 10).append(" %)\n");
  reporter.say(text.view());
}

void at_exit(int own_status, void*) {
  make_last_check(core::Moment::kExit, PADLOCK_CALLER_STATE());
  const int leak_status = status_after_leaks(check_leaks_at_exit(PADLOCK_CALLER_STATE()));
  reporter.say_suppressed();
  say_goodbye();
  say_share();
  const int fault_status = status_after_faults(own_status);
  const int status = fault_status == own_status && leak_status != 0 ? leak_status : fault_status;
  // exit() called once more goes on behind this hook, with the other status.
  if (status != own_status) std::exit(status);
}

// quick_exit(3) does not say with which status.
void at_quick_exit(void*) {
  make_last_check(core::Moment::kEnd, PADLOCK_CALLER_STATE());
  say_goodbye();
  if (const int status = status_after_faults(0); status != 0) os::exit_now(status);
}

}  // namespace

void on_exit_at_once(PassedCall& call) noexcept {
  make_last_check(core::Moment::kEnd, call.from());
  if (!memory_is_own()) return;
  const int own_status = static_cast<int>(call.argument[0]);
  call.argument[0] = static_cast<unsigned>(status_after_faults(own_status));
}

void on_exec_of_file(PassedCall& call) noexcept {
  if (memory_is_own() && !memory_is_forked()) make_last_check(core::Moment::kEnd, call.from());
  signal_table.prepare_exec();
  prepare_mask_for_exec();
}

// Registered before the program starts, both run after the program's handlers and destructors.
void watch_exit() noexcept {
  ::on_exit(at_exit, nullptr);
  __cxa_at_quick_exit(at_quick_exit, nullptr);
}

}  // namespace padlock::runtime
