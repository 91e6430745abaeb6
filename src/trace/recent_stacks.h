// The ids of stacks that one thread met lately, in front of the depot: where stacks are many, the depot's
// index is larger than the processor's caches.
#pragma once

#include <cstddef>
#include <cstdint>

#include "trace/depot_index.h"

namespace padlock::trace {

/// Zero-initialized memory is a valid empty one. It serves one depot. Stacks are distinguished by 54 bits of
/// their hash; of those that share a place the latest is kept.
class RecentStacks {
 public:
  static constexpr std::uint32_t kFew = 4096;  // below this many look-ups the table stays untouched
  static constexpr unsigned kPlaceBits = 14;

  /// The id that was noted for the hash, or 0.
  [[nodiscard]] TraceId find(std::uint64_t hash) noexcept {
    if (asked_ < kFew) [[unlikely]] {
      ++asked_;
      return 0;
    }
    const std::uint64_t link = links_[place_of(hash)];
    return DepotLine::same_tag(link, DepotLine::tag_of(hash)) ? DepotLine::id_of(link) : 0;
  }
  void note(std::uint64_t hash, TraceId id) noexcept {
    if (asked_ == kFew) links_[place_of(hash)] = DepotLine::tag_of(hash) | id;
  }

 private:
  static std::size_t place_of(std::uint64_t hash) noexcept { return hash >> (64 - kPlaceBits); }

  std::uint32_t asked_;
  std::uint64_t links_[std::size_t{1} << kPlaceBits];  // as in the depot's index
};

}  // namespace padlock::trace
