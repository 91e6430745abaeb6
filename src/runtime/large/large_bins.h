// Closed large blocks that keep their pages, by the size of their mapping and, among those of about the same
// size, oldest first.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "runtime/large/large_fifo.h"
#include "runtime/large/large_record.h"

namespace padlock::runtime {

/// Eight bins for each doubling of the size. Not thread-safe.
class LargeBins {
 public:
  constexpr LargeBins() noexcept = default;

  void push(LargeRecord* record) noexcept {
    bins_[bin_of(record->mapping.size())].push(record);
    ++count_;
    bytes_ += record->mapping.size();
  }
  /// `record` is in one of the bins.
  void remove(LargeRecord* record) noexcept {
    bins_[bin_of(record->mapping.size())].remove(record);
    --count_;
    bytes_ -= record->mapping.size();
  }

  /// The oldest of the closest bin that is `size` bytes long, or an eighth longer at most, and was freed when
  /// no more than `freed_before` bytes had been; or null.
  [[nodiscard]] LargeRecord* find(std::size_t size, std::uint64_t freed_before) const noexcept {
    const std::size_t most = size + size / 8;
    const std::size_t last = bin_of(most);
    for (std::size_t bin = bin_of(size); bin <= last; ++bin) {
      int looked_at = 0;
      for (LargeRecord* record = bins_[bin].oldest(); record != nullptr; record = record->newer) {
        if (record->freed_before > freed_before || ++looked_at > kMostLookedAt) break;
        if (record->mapping.size() >= size && record->mapping.size() <= most) return record;
      }
    }
    return nullptr;
  }

  /// The one that was freed first, or null.
  [[nodiscard]] LargeRecord* oldest() const noexcept {
    LargeRecord* found = nullptr;
    for (const LargeFifo& bin : bins_) {
      LargeRecord* const record = bin.oldest();
      if (record != nullptr && (found == nullptr || record->freed_before < found->freed_before))
        found = record;
    }
    return found;
  }

  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }  // of address space

 private:
  static constexpr int kMostLookedAt = 8;    // records of a bin
  static constexpr int kSmallestWidth = 16;  // bits: shorter mappings share the first bins
  static constexpr int kDoublings = 16;      // up to 2 GiB; longer ones share the last bin
  static constexpr std::size_t kBins = std::size_t{8} * kDoublings;

  static std::size_t bin_of(std::size_t size) noexcept {
    const auto width = std::max(static_cast<int>(std::bit_width(size)), kSmallestWidth);
    const std::size_t step = (size >> (width - 4)) & 7;
    return std::min(static_cast<std::size_t>(width - kSmallestWidth) * 8 + step, kBins - 1);
  }

  LargeFifo bins_[kBins];
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace padlock::runtime
