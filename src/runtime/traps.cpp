// The trap handler.
#include "runtime/traps.h"

#include <ucontext.h>

#include <csignal>
#include <cstdint>

#include "core/arith.h"
#include "core/fault.h"
#include "os/errno_keeper.h"
#include "os/memory.h"
#include "os/signal_action.h"
#include "os/system_call.h"
#include "os/thread.h"
#include "runtime/arena_set.h"
#include "runtime/find_block.h"
#include "runtime/large_blocks.h"
#include "runtime/reporter.h"
#include "runtime/segment.h"
#include "runtime/segment_table.h"

namespace padlock::runtime {
namespace {

core::FaultKind kind_of(LargeHit::Zone zone, core::Access access) noexcept {
  switch (zone) {
    case LargeHit::Zone::kFrontGuard:
      return core::FaultKind::kHeapBufferUnderflow;
    case LargeHit::Zone::kBackGuard:
      return core::FaultKind::kHeapBufferOverflow;
    case LargeHit::Zone::kFreed:
      return access == core::Access::kWrite ? core::FaultKind::kUseAfterFreeWrite
                                            : core::FaultKind::kUseAfterFree;
    case LargeHit::Zone::kNone:
      break;
  }
  return core::FaultKind::kNone;
}

void explain_large(std::uintptr_t address, core::Fault& fault) noexcept {
  LargeHit hit;
  large_blocks.try_explain_trap(address, hit);
  fault.kind = kind_of(hit.zone, fault.access);
  fault.block = hit.block;
}

// A guard page of a segment: the block beside it is named where it is in use.
void explain_segment(std::uintptr_t address, core::Fault& fault) noexcept {
  const SegmentZone zone = segment_zone(address);
  if (zone != SegmentZone::kFrontGuard && zone != SegmentZone::kBackGuard) return;
  const bool front = zone == SegmentZone::kFrontGuard;
  fault.block = try_find_block(front ? segment_blocks_begin(address) : segment_blocks_end(address) - 1);
  if (!fault.block.present()) return;
  fault.kind = front ? core::FaultKind::kHeapBufferUnderflow : core::FaultKind::kHeapBufferOverflow;
}

core::Fault explain(std::uintptr_t address, core::Access access) noexcept {
  core::Fault fault;
  fault.moment = core::Moment::kAccess;
  fault.access = access;
  fault.address = address;
  if (arena_set.of_address(address) != nullptr) {
    explain_segment(address, fault);
  } else {
    explain_large(address, fault);
  }
  return fault;
}

constexpr greg_t kPageFaultWrite = 2;  // of the page fault's error code

core::Access access_of(const ucontext_t& context) noexcept {
  return (context.uc_mcontext.gregs[REG_ERR] & kPageFaultWrite) != 0 ? core::Access::kWrite
                                                                     : core::Access::kRead;
}

// A frame's pc is a return address, and is looked up one byte before.
trace::FrameState state_of(const ucontext_t& context) noexcept {
  const auto& registers = context.uc_mcontext.gregs;
  return {static_cast<std::uintptr_t>(registers[REG_RIP]) + 1,
          static_cast<std::uintptr_t>(registers[REG_RSP]), static_cast<std::uintptr_t>(registers[REG_RBP])};
}

// The instruction runs again when the handler returns, and takes the default's way; a signal that somebody
// sent has to be sent again.
void give_up(int signal, const siginfo_t& info) noexcept {
  const os::SignalAction default_action;
  os::change_signal_action(signal, &default_action, nullptr);
  if (info.si_code <= 0) os::system_call(SYS_tgkill, os::process_id(), os::thread_id(), signal);
}

// The program goes on after its report: let this page be accessed from now on.
bool open_page(std::uintptr_t address) noexcept {
  const std::uintptr_t page = core::align_down(address, std::uintptr_t{os::page_size()});
  return os::protect(reinterpret_cast<void*>(page), os::page_size(), os::Protection::kReadWrite);
}

void on_trap(int signal, siginfo_t* info, void* raw_context) {
  const os::ErrnoKeeper keeper;
  const auto& context = *static_cast<const ucontext_t*>(raw_context);
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  const bool by_access = info->si_code == SEGV_ACCERR || info->si_code == SEGV_MAPERR;
  if (reporter.busy_on_this_thread()) {
    reporter.say_own_crash(signal, info->si_code > 0 ? address : 0, state_of(context).pc - 1);
  }
  if (!by_access || reporter.busy_on_this_thread()) return give_up(signal, *info);
  const core::Fault fault = explain(address, access_of(context));
  if (fault.kind == core::FaultKind::kNone) return give_up(signal, *info);
  reporter.report(fault, state_of(context));
  if (!open_page(address)) give_up(signal, *info);
}

void install(int signal) noexcept {
  os::SignalAction present;
  if (!os::change_signal_action(signal, nullptr, &present).ok() || present.handler != 0) return;
  os::SignalAction action;
  action.handler = reinterpret_cast<std::uintptr_t>(&on_trap);
  action.flags = SA_SIGINFO | SA_ONSTACK;
  os::change_signal_action(signal, &action, nullptr);
}

}  // namespace

void install_traps() noexcept {
  install(SIGSEGV);
  install(SIGBUS);
}

}  // namespace padlock::runtime
