// An array that grows in steps: elements lie in chunks that are mapped when an index in them is first wanted,
// and stay where they are.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "os/tables.h"

namespace padlock::trace {

/// Zero-initialized elements. Thread-safe without a lock, async-signal-safe. Nothing is ever unmapped.
template <typename T, unsigned kChunkBits, std::size_t kChunks>
class GrowingArray {
 public:
  static constexpr std::uint64_t kChunk = std::uint64_t{1} << kChunkBits;  // elements
  static constexpr std::uint64_t kMost = kChunk * kChunks;

  constexpr GrowingArray() noexcept = default;

  /// Has memory for `index`; false where the system gives none.
  bool reach(std::uint64_t index, void* (*map)(std::size_t)) noexcept {
    std::atomic<T*>& chunk = chunks_[index >> kChunkBits];
    if (chunk.load(std::memory_order_acquire) != nullptr) return true;
    constexpr std::size_t kBytes = kChunk * sizeof(T);
    auto* const fresh = static_cast<T*>(map(kBytes));
    if (fresh == nullptr) return false;
    T* expected = nullptr;
    if (!chunk.compare_exchange_strong(expected, fresh, std::memory_order_acq_rel))
      os::unmap_table(fresh, kBytes);
    return true;
  }

  /// Null where it was never reached; `index` is below kMost. Behind it follow the rest of its chunk.
  [[nodiscard]] T* find(std::uint64_t index) const noexcept {
    T* const chunk = chunks_[index >> kChunkBits].load(std::memory_order_acquire);
    return chunk == nullptr ? nullptr : chunk + index % kChunk;
  }

 private:
  std::atomic<T*> chunks_[kChunks] = {};
};

}  // namespace padlock::trace
