// One thread's recent stacks and their ids, in front of the depot.
#pragma once

#include <cstddef>
#include <cstdint>

#include "trace/depot.h"

namespace padlock::trace {

/// Zero-initialized memory is a valid empty cache. A stack is told by its 64-bit hash alone: with a full
/// depot of 2^24 stacks a look-up is wrong with odds below 2^-53, for one among the 1024 stacks held.
class IdCache {
 public:
  /// The id, or 0 if it is not here.
  [[nodiscard]] TraceId find(std::uint64_t hash) const noexcept {
    const std::size_t at = index(hash);
    return hashes_[at] == hash ? ids_[at] : 0;
  }
  void store(std::uint64_t hash, TraceId id) noexcept {
    hashes_[index(hash)] = hash;
    ids_[index(hash)] = id;
  }

 private:
  static constexpr unsigned kBits = 10;
  static std::size_t index(std::uint64_t hash) noexcept {
    return static_cast<std::size_t>(hash >> (64 - kBits));
  }

  std::uint64_t hashes_[std::size_t{1} << kBits];
  TraceId ids_[std::size_t{1} << kBits];
};

}  // namespace padlock::trace
