// Which stacks belong to a fault, what each is, and when its damage was done.
#include <algorithm>

#include "core/fault_kinds.h"
#include "report/diagnose/kinds.h"
#include "report/diagnose/parts.h"
#include "report/fault_parts.h"

namespace padlock::report {

StackRoles stacks_of(const Report& report) noexcept {
  StackRoles roles;
  const core::Fault& fault = report.fault;
  const core::BlockSnapshot& block = fault.block;
  const KindOfReport& kind = kind_of_report(fault.kind);
  const StackRole stopped = is_of_call(fault) ? StackRole::kCalled : StackRole::kTrapped;
  const StackRole trapped = fault.read.present() ? StackRole::kUsed : stopped;
  const StackRole found = core::is_seen_write(fault) ? StackRole::kWrote : kind.detected;
  roles.add(is_trapped(fault) ? trapped : found);
  if (block.present() && (block.sealed || report.allocated.depth != 0)) roles.add(StackRole::kAllocated);
  const bool freed = block.sealed && block.state != core::BlockState::kLive;
  if (block.present() && (freed || report.freed.depth != 0)) roles.add(kind.freed);
  if (suspect_of(fault).proof != Suspect::Proof::kNone && report.neighbour_allocated.depth != 0) {
    const bool before = fault.neighbour.user < block.user;
    roles.add(before ? StackRole::kBlockBefore : StackRole::kBlockBehind);
  }
  const Pointee& pointee = report.pointee;
  const bool other = pointee.value != 0 && pointee.block.present() && pointee.block.user != block.user;
  if (other && report.pointee_allocated.depth != 0) roles.add(StackRole::kPointee);
  return roles;
}

Since damaged_since(const Report& report) noexcept {
  if (!core::is_found_late(report.fault)) return {};
  const std::uint64_t own = core::is_since_block(report.fault) ? report.fault.block.number : 0;
  const std::uint64_t good = std::max(report.number_last_good, own);
  if (good == 0) return {.what = Since::What::kUnknown};
  return {.what = good == own ? Since::What::kOwnAllocation : Since::What::kLastVerified, .number = good};
}

}  // namespace padlock::report
