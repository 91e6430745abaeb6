// What an address that trapped belongs to, where blocks have pages of their own: large and guarded ones.
#pragma once

#include <cstdint>

#include "core/fault.h"

namespace padlock::runtime {

struct PageHit {
  enum class Zone : std::uint8_t { kNone, kFrontGuard, kBackGuard, kFreed };
  Zone zone = Zone::kNone;
  core::BlockSnapshot block;
  AddressRange pages;  // of the block, which are accessible while it is live

  [[nodiscard]] bool is_guard() const noexcept {
    return zone == Zone::kFrontGuard || zone == Zone::kBackGuard;
  }
};

/// What `address` hit of a block.
inline PageHit page_hit(std::uintptr_t address, const core::BlockSnapshot& block, bool live,
                        const AddressRange& pages) noexcept {
  PageHit hit;
  hit.block = block;
  hit.pages = pages;
  if (!live) {
    hit.zone = PageHit::Zone::kFreed;
  } else if (address < pages.begin) {
    hit.zone = PageHit::Zone::kFrontGuard;
  } else if (address >= pages.end) {
    hit.zone = PageHit::Zone::kBackGuard;
  }
  return hit;
}

}  // namespace padlock::runtime
