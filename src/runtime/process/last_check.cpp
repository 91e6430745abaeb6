// Where a last check is safe, and which status the process ends with after it.
#include "runtime/process/last_check.h"

#include "base/units.h"
#include "runtime/calls/checks.h"
#include "runtime/foreign/libc_free.h"
#include "runtime/memory/memory_budget.h"
#include "runtime/memory/own_memory.h"
#include "runtime/memory/settings.h"
#include "runtime/reporting/ending_signal.h"
#include "runtime/reporting/reporter.h"
#include "runtime/signals/report_stack.h"
#include "runtime/threads/new_process.h"
#include "runtime/threads/thread_slot.h"

namespace padlock::runtime {
namespace {

// Checked at a gigabyte a second or more.
constexpr std::size_t kMostWhenDying = 1_GiB;  // bytes mapped

// A handler that interrupted the allocator may end the process. Then a block may be half written, and the
// program has not entered the allocator a second time.
bool can_check() noexcept {
  if (thread_slot.is_idle()) recognize_new_process();
  return settings.check_at_exit && thread_slot.is_idle() && !thread_slot.in_callback &&
         !reporter.is_ending_process() && memory_is_own();
}

void check_interrupted(void* argument) noexcept {
  const auto& context = *static_cast<const arch::Context*>(argument);
  const core::Fault fault = explain_libc_free(context);
  if (fault.kind != core::FaultKind::kNone) reporter.report(fault, arch::interrupted_frame(context));
  check_heap(core::Moment::kEnd, arch::interrupted_frame(context));
  reporter.wait_until_finished();
}

}  // namespace

void make_last_check(core::Moment moment, const trace::FrameState& from) noexcept {
  if (can_check()) check_heap(moment, from);
  if (memory_is_own()) reporter.wait_until_finished();
}

void make_last_check(const arch::Context& context, const report::EndingSignal& ending) noexcept {
  if (!can_check() || memory_budget.used() > kMostWhenDying) return;
  ending_signal = ending;
  on_report_stack(check_interrupted, const_cast<arch::Context*>(&context));
  ending_signal = {};
}

int status_after_faults(int own_status) noexcept {
  if (reporter.faults() == 0 || settings.options.exitcode == 0) return own_status;
  const bool own_is_failure = (static_cast<unsigned>(own_status) & 0xFFU) != 0;  // that is what a parent sees
  if (settings.options.halt_on_error && own_is_failure) return own_status;
  return static_cast<int>(settings.options.exitcode);
}

}  // namespace padlock::runtime
