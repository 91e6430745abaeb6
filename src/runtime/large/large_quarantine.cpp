// The lists of freed large blocks.
#include "runtime/large/large_quarantine.h"

namespace padlock::runtime {

void LargeQuarantine::add_kept(LargeRecord* record, std::int64_t now_ms) noexcept {
  record->place = LargePlace::kKept;
  record->freed_at = now_ms;
  freed_bytes_ += record->mapping.size();
  record->freed_before = freed_bytes_;
  kept_.push(record);
}

void LargeQuarantine::add_emptied(LargeRecord* record) noexcept {
  record->place = LargePlace::kEmptied;
  emptied_.push(record);
}

LargeRecord* LargeQuarantine::take_from_kept(LargeRecord* record) noexcept {
  if (record == nullptr) return nullptr;
  kept_.remove(record);
  record->place = LargePlace::kBusy;
  return record;
}

LargeRecord* LargeQuarantine::take_fitting(std::size_t bytes) noexcept {
  if (freed_bytes_ < limits_.held_back_bytes) return nullptr;
  return take_from_kept(kept_.find(bytes, freed_bytes_ - limits_.held_back_bytes));
}

LargeRecord* LargeQuarantine::take_to_empty(std::int64_t now_ms) noexcept {
  if (kept_.bytes() > limits_.kept_bytes) return take_kept();
  if (limits_.idle_ms == 0 || kept_.count() == 0 || now_ms < next_look_) return nullptr;
  LargeRecord* const oldest = kept_.oldest();
  if (now_ms - oldest->freed_at > limits_.idle_ms) return take_from_kept(oldest);
  next_look_ = now_ms + kLookEvery;
  return nullptr;
}

LargeRecord* LargeQuarantine::take_kept() noexcept { return take_from_kept(kept_.oldest()); }

LargeRecord* LargeQuarantine::take_over_limit() noexcept {
  const std::size_t fewest = limits_.keeps_latest ? 1 : 0;
  const bool too_much = bytes() > limits_.space_bytes && count() > fewest;
  return too_much || count() > kMostClosed ? take_any() : nullptr;
}

LargeRecord* LargeQuarantine::take_any() noexcept {
  LargeRecord* record = emptied_.oldest();
  if (record != nullptr) {
    emptied_.remove(record);
  } else {
    record = take_kept();
  }
  if (record != nullptr) record->place = LargePlace::kGone;
  return record;
}

LargeRecord* LargeQuarantine::remember(LargeRecord* record) noexcept {
  record->place = LargePlace::kGone;
  record->block.state = core::BlockState::kFree;
  remembered_.push(record);
  if (remembered_.count() <= kMostRemembered) return nullptr;
  LargeRecord* const oldest = remembered_.oldest();
  remembered_.remove(oldest);
  return oldest;
}

}  // namespace padlock::runtime
