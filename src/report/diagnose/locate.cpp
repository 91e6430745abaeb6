// Where in or beside the block a fault lies.
#include "report/diagnose/parts.h"
#include "report/fault_parts.h"

namespace padlock::report {
namespace {

using Place = Location::Place;

// `length` of what lies there; 0: a place alone.
void place(const core::BlockSnapshot& block, std::int64_t offset, std::uint64_t length, Location& location) {
  location.offset = offset;
  if (offset < 0) {
    const auto distance = 0 - static_cast<std::uint64_t>(offset);
    location.place = length == distance ? Place::kRightBefore : Place::kBefore;
    return;
  }
  if (!block.sealed) return;
  const auto from_start = static_cast<std::uint64_t>(offset);
  if (from_start < block.requested) {
    location.place = Place::kInside;
  } else if (from_start == block.requested) {
    location.place = Place::kRightAfter;
  } else {
    location.place = Place::kAfter;
    location.distance = from_start - block.requested;
  }
}

}  // namespace

Location locate(const core::Fault& fault) noexcept {
  Location location;
  const bool names_block = fault.block.present();
  if (fault.table != core::Table::kNone) {
    if (is_trapped(fault)) location.of = Location::Of::kAccess;
  } else if (fault.read.present()) {
    location.of = Location::Of::kSource;
    if (names_block) place(fault.block, fault_offset(fault), 0, location);
  } else if (is_trapped(fault)) {
    location.of = Location::Of::kAccess;
    if (names_block) place(fault.block, fault_offset(fault), 0, location);
  } else if (fault.damage.present()) {
    location.of = Location::Of::kDamage;
    place(fault.block, fault.damage.offset, fault.damage.length, location);
    if (fault.kind == core::FaultKind::kMetadataCorruption) {
      location = {.of = location.of, .place = Place::kHeader, .offset = location.offset};
    }
  } else if (fault.address != 0 && fault.address != fault.block.user) {
    location.of = Location::Of::kPointer;
    const bool interior = fault.pointer_class == core::PointerClass::kInterior;
    if (interior && names_block) place(fault.block, fault_offset(fault), 0, location);
  }
  return location;
}

}  // namespace padlock::report
