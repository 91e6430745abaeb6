// The regions of one heap, and the way from an address to the region that holds it.
#pragma once

#include <bit>
#include <cstdint>

#include "base/arith.h"
#include "base/random.h"
#include "core/index/region.h"

namespace padlock::core {

/// Finds the region of an address faster than a list can; null if none of this heap's holds it.
using RegionLocator = Region* (*)(std::uintptr_t address, const void* context);

class RegionSet {
 public:
  RegionSet(RegionLocator locator, const void* context) noexcept : locator_(locator), context_(context) {}

  void add(Region& region) noexcept {
    region.next_ = first_;
    region.seal();
    first_ = &region;
    first_again_ = &region;
  }
  /// Whether the way to the first region is as it was written. Each region says the same of itself.
  [[nodiscard]] bool is_sound() const noexcept { return first_ == first_again_; }
  /// Of what never changes.
  [[nodiscard]] std::uint64_t hash() const noexcept {
    return mix64(std::bit_cast<std::uint64_t>(locator_)) ^ address_of(context_);
  }

  /// For range-based loops; those of a const set are const.
  template <typename RegionType>
  class Iterator {
   public:
    explicit Iterator(RegionType* at) noexcept : at_(at) {}
    RegionType& operator*() const noexcept { return *at_; }
    Iterator& operator++() noexcept {
      at_ = at_->next_;
      return *this;
    }
    bool operator==(const Iterator&) const noexcept = default;

   private:
    RegionType* at_;
  };
  [[nodiscard]] auto begin() noexcept { return Iterator<Region>(first_); }
  [[nodiscard]] auto end() noexcept { return Iterator<Region>(nullptr); }
  [[nodiscard]] auto begin() const noexcept { return Iterator<const Region>(first_); }
  [[nodiscard]] auto end() const noexcept { return Iterator<const Region>(nullptr); }

  [[nodiscard]] Region* find(std::uintptr_t address) noexcept { return locate(address); }
  [[nodiscard]] const Region* find(std::uintptr_t address) const noexcept { return locate(address); }

 private:
  [[nodiscard]] Region* locate(std::uintptr_t address) const noexcept {
    if (locator_ != nullptr) {
      Region* region = locator_(address, context_);
      return region != nullptr && region->contains(address) ? region : nullptr;
    }
    for (Region* region = first_; region != nullptr; region = region->next_) {
      if (region->contains(address)) return region;
    }
    return nullptr;
  }

  RegionLocator locator_;
  const void* context_;
  Region* first_ = nullptr;
  Region* first_again_ = nullptr;
};

}  // namespace padlock::core
