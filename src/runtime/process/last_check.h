// The last check of the heap before the process's memory goes: where it may be made, and how far.
#pragma once

#include "arch/context.h"
#include "core/fault.h"
#include "report/report.h"
#include "trace/frame_state.h"

namespace padlock::runtime {

/// Checks the heap where that is wanted and safe: not in a signal handler that interrupted the allocator, nor
/// where the memory is another process's too, nor while a report ends the process. Then waits for reports
/// that other threads have begun. A fault may end the process here, as the options say.
void make_last_check(core::Moment moment, const trace::FrameState& from) noexcept;

/// The same in a signal handler, before the signal ends the process: on a report stack, and only where it
/// takes at most a second or so. `context`: what the signal interrupted; `ending`: which it is, for reports.
void make_last_check(const arch::Context& context, const report::EndingSignal& ending) noexcept;

/// The status that a process ends with which wants to exit with its own one: `exitcode` after a fault that it
/// was to survive, and after one that a handler of SIGABRT has survived and made a success of. A handler's
/// own failure stays.
int status_after_faults(int own_status) noexcept;

}  // namespace padlock::runtime
