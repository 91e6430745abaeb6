// Whose write it was, when a block's header was overwritten.
#include "report/diagnose/damage_view.h"
#include "report/diagnose/parts.h"
#include "report/fault_parts.h"

namespace padlock::report {

// Where the padding between the two is intact, nothing proves which block was written through.
Suspect suspect_of(const core::Fault& fault) noexcept {
  using Proof = Suspect::Proof;
  const core::BlockSnapshot& other = fault.neighbour;
  if (!other.present() || is_trapped(fault)) return {};
  if (fault.kind == core::FaultKind::kMetadataCorruption) {
    if (other.user >= fault.block.user || is_one_bit(fault.damage)) return {};
    return {.proof = Proof::kNearby, .writer = other, .hit = fault.block};
  }
  if (fault.kind != core::FaultKind::kHeapBufferOverflow) return {};
  const bool beyond_padding = fault.damage.present() && fault.damage.address >= other.header;
  return {.proof = beyond_padding ? Proof::kNearby : Proof::kOverran, .writer = fault.block, .hit = other};
}

}  // namespace padlock::report
