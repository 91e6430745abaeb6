// The trap handler. It may run on an alternate stack of the program's that is hardly large enough for the
// kernel's own frame: whether the fault is Padlock's is decided with a few words of it, and the rest happens
// on a report stack.
#include "runtime/process/traps.h"

#include <cstdint>

#include "arch/context.h"
#include "base/arith.h"
#include "os/errno_keeper.h"
#include "os/guard.h"
#include "os/loaded_module.h"
#include "os/memory.h"
#include "os/signal_action.h"
#include "runtime/foreign/array_delete.h"
#include "runtime/foreign/libc_free.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/holders/place.h"
#include "runtime/memory/segment.h"
#include "runtime/pinpoint/watched_site.h"
#include "runtime/process/signal_delivery.h"
#include "runtime/process/trap_fault.h"
#include "runtime/process/value_trap.h"
#include "runtime/reporting/reporter.h"
#include "runtime/signals/report_stack.h"
#include "runtime/signals/signal_masks.h"
#include "runtime/signals/signal_table.h"
#include "runtime/threads/thread_slot.h"

namespace padlock::runtime {
namespace {

constinit thread_local AccessMadeAgain made_again __attribute__((tls_model("initial-exec")));

core::Access access_of(const arch::Context& context) noexcept {
  return arch::is_write_fault(context) ? core::Access::kWrite : core::Access::kRead;
}

// The program goes on after its report: let this page be accessed from now on.
bool open_page(std::uintptr_t address) noexcept {
  const Holder holder = place_of(address).holder;
  if (holder == Holder::kArena) return open_after_fault(address);
  if (holder == Holder::kGuarded) return guarded_blocks.open_after_fault(address);
  const std::uintptr_t page = align_down(address, std::uintptr_t{os::page_size()});
  os::remove_guard(reinterpret_cast<void*>(page), os::page_size());
  return os::protect(reinterpret_cast<void*>(page), os::page_size(), os::Protection::kReadWrite);
}

struct Trap {
  const siginfo_t& info;
  const arch::Context& context;
  enum class Outcome : std::uint8_t { kNotOurs, kGoOn, kEnd } outcome = Outcome::kNotOurs;

  [[nodiscard]] std::uintptr_t address() const noexcept {
    return reinterpret_cast<std::uintptr_t>(info.si_addr);
  }
};

// What `padlock pinpoint` has seen: it gives the thread a fault at what was damaged. A system call that did
// it, or was to do it, is in the place of an error's number: nothing has trapped then.
bool report_seen_write(const Trap& trap) noexcept {
  if (!watched_site.is_on()) return false;
  const bool by_kernel = trap.info.si_errno != 0;
  const core::Moment moment = by_kernel ? core::Moment::kKernelWrite : core::Moment::kWrite;
  core::Fault fault = explain_seen_write(trap.address(), moment);
  if (by_kernel && fault.kind == core::FaultKind::kNone)
    fault = explain_refused_write(trap.address(), trap.context);
  if (fault.kind != core::FaultKind::kNone) reporter.report(fault, arch::interrupted_frame(trap.context));
  return by_kernel || fault.kind != core::FaultKind::kNone;
}

void report(void* argument) noexcept {
  const os::ErrnoKeeper keeper;
  Trap& trap = *static_cast<Trap*>(argument);
  if (report_seen_write(trap)) {
    trap.outcome = Trap::Outcome::kGoOn;
    return;
  }
  const core::Fault fault = explain_trap(trap.address(), access_of(trap.context), trap.context);
  if (fault.kind == core::FaultKind::kNone) return;
  const ValueTrap used = explain_index_trap(trap.context, trap.address());
  if (used.hint.kind != core::FaultKind::kNone) say_hint(used.hint);
  reporter.report(used.fault.kind != core::FaultKind::kNone ? used.fault : fault, used.from);
  trap.outcome = open_page(trap.address()) ? Trap::Outcome::kGoOn : Trap::Outcome::kEnd;
}

// Not in code that was made at run time, which may fault on purpose and often.
bool is_in_module(const arch::Context& context) noexcept {
  return os::module_at(arch::instruction_of(context)).present();
}

// Whether it was reported.
bool report_release(const arch::Context& context) noexcept {
  if (!is_in_module(context)) return false;
  core::Fault fault = explain_array_delete(context);
  if (fault.kind == core::FaultKind::kNone) fault = explain_libc_free(context);
  if (fault.kind == core::FaultKind::kNone) return false;
  reporter.report(fault, arch::interrupted_frame(context));
  return true;
}

// The program has no handler that may expect it.
bool ends_program(int signal) noexcept {
  os::SignalAction action;
  return signal_table.change(signal, nullptr, &action) == 0 &&
         action.handler == reinterpret_cast<std::uintptr_t>(SIG_DFL);
}

void report_stray(const Trap& trap) noexcept {
  if (!is_in_module(trap.context)) return;
  const core::Fault fault = explain_stray(trap.address(), access_of(trap.context), trap.context);
  if (fault.kind != core::FaultKind::kNone) reporter.report(fault, arch::interrupted_frame(trap.context));
}

// Padlock's own code cannot go on where its tables lead it astray.
void report_own(void* argument) noexcept {
  const os::ErrnoKeeper keeper;
  Trap& trap = *static_cast<Trap*>(argument);
  const std::uintptr_t address = is_by_access(trap.info) ? trap.address() : 0;
  const core::Fault fault = explain_own_trap(address, access_of(trap.context), trap.context);
  if (fault.kind == core::FaultKind::kNone) return;
  reporter.report(fault, arch::interrupted_frame(trap.context));
  trap.outcome = Trap::Outcome::kEnd;
}

// A crash that the program's code has, and that shows a misuse of the heap.
void report_crash(void* argument) noexcept {
  const os::ErrnoKeeper keeper;
  const Trap& trap = *static_cast<const Trap*>(argument);
  ValueTrap used;
  if (arch::is_outside_address_space(trap.context)) used = explain_value_trap(trap.context);
  if (is_by_access(trap.info)) used = explain_index_trap(trap.context, trap.address());
  if (used.fault.kind != core::FaultKind::kNone) return reporter.report(used.fault, used.from);
  if (report_release(trap.context) || !ends_program(trap.info.si_signo)) return;
  if (used.hint.kind != core::FaultKind::kNone) say_hint(used.hint);
  if (is_by_access(trap.info)) report_stray(trap);
}

bool may_be_explained(const arch::Context& context) noexcept {
  return arch::is_outside_address_space(context) || is_in_module(context);
}

void on_trap(int signal, siginfo_t* info, void* raw_context) {
  auto* const context = static_cast<arch::Context*>(raw_context);
  Trap trap{*info, *context};
  const bool by_access = is_by_access(*info);
  if (reporter.busy_on_this_thread() && info->si_code > 0) {
    reporter.say_own_crash(signal, by_access ? trap.address() : 0, arch::interrupted_frame(*context).pc - 1);
    return take_default_action(signal, *info, *context);
  }
  if (by_access && is_own_look(trap.address(), *context) && open_after_fault(trap.address())) return;
  if (by_access && may_be_open_by_now(trap.address()) &&
      made_again.may_be_made(arch::instruction_of(*context), trap.address()))
    return;
  if (info->si_code > 0 && thread_slot.is_inside()) on_report_stack(report_own, &trap);
  if (trap.outcome == Trap::Outcome::kNotOurs && by_access && may_be_guarded(trap.address()))
    on_report_stack(report, &trap);
  if (trap.outcome == Trap::Outcome::kGoOn) return;
  if (trap.outcome == Trap::Outcome::kEnd) return take_default_action(signal, *info, *context);
  if (info->si_code > 0 && may_be_explained(*context)) on_report_stack(report_crash, &trap);
  deliver(signal, info, context);
}

void install(int signal, bool interposed) noexcept {
  os::SignalAction present;
  if (!os::change_signal_action(signal, nullptr, &present).ok()) return;
  const bool programs = present.handler != reinterpret_cast<std::uintptr_t>(SIG_DFL);
  if (interposed || !programs) signal_table.hide(signal, reinterpret_cast<std::uintptr_t>(&on_trap));
}

}  // namespace

void install_traps(bool interposed) noexcept {
  if (interposed) {
    guard_signal_masks();
    install(SIGTRAP, interposed);
  }
  install(SIGSEGV, interposed);
  install(SIGBUS, interposed);
}

}  // namespace padlock::runtime
