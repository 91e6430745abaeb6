// The regions of one heap, and the way from an address to the region that holds it.
#pragma once

#include <cstdint>

#include "core/index/region.h"

namespace padlock::core {

/// Finds the region of an address faster than a list can; null if none of this heap's holds it.
using RegionLocator = Region* (*)(std::uintptr_t address, const void* context);

class RegionSet {
 public:
  RegionSet(RegionLocator locator, const void* context) noexcept : locator_(locator), context_(context) {}

  void add(Region& region) noexcept {
    region.next = first_;
    first_ = &region;
  }

  [[nodiscard]] Region* first() const noexcept { return first_; }

  [[nodiscard]] Region* find(std::uintptr_t address) const noexcept {
    if (locator_ != nullptr) {
      Region* region = locator_(address, context_);
      return region != nullptr && region->contains(address) ? region : nullptr;
    }
    for (Region* region = first_; region != nullptr; region = region->next) {
      if (region->contains(address)) return region;
    }
    return nullptr;
  }

 private:
  RegionLocator locator_;
  const void* context_;
  Region* first_ = nullptr;
};

}  // namespace padlock::core
