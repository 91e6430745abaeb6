// A memo of whole traces in front of the walk: a program that allocates from the same place at the same depth
// again has its trace for a few loads and one compare.
#pragma once

#include <cstddef>
#include <cstdint>

#include "trace/memo_entry.h"

namespace padlock::trace {

/// Zero-initialized memory is a valid empty memo. It holds traces of one depth by rules of one generation:
/// who asks for others empties it. It steps aside for a while when it rarely hits.
class Memo {
 public:
  /// The id of the trace that begins at `caller`, or 0 if the memo does not know it. `depth`: of the walk.
  [[nodiscard]] std::uint32_t recall(const FrameState& caller, std::size_t depth,
                                     std::uint32_t generation) noexcept {
    if (depth != depth_ || generation != generation_) [[unlikely]]
      return 0;
    for (const MemoEntry& entry : sets_[index(caller)].ways) {
      if (!entry.matches(caller, key_)) continue;
      ++hits_;
      return entry.id();
    }
    return 0;
  }

  /// After recall() gave 0: where to record the trace; null while the memo stands aside. `depth` is not 0.
  MemoEntry* miss(const FrameState& caller, std::size_t depth, std::uint32_t generation) noexcept {
    if (aside_ != 0) {
      --aside_;
      return nullptr;
    }
    if (depth != depth_ || generation != generation_) [[unlikely]]
      serve(depth, generation);
    if (++misses_ == kPeriod) [[unlikely]]
      judge();
    const std::size_t at = index(caller);
    return &sets_[at].ways[turn_[at]++ % kWays];
  }

  /// For MemoEntry::finish().
  [[nodiscard]] std::uintptr_t key() const noexcept { return key_; }

  /// Forgets everything, nearly always without touching it.
  void clear() noexcept {
    key_ += MemoEntry::kKey;
    if (key_ != 0) return;
    for (Set& set : sets_) {
      for (MemoEntry& entry : set.ways) entry.start({}, 0);
    }
    key_ = MemoEntry::kKey;
  }

 private:
  static constexpr unsigned kBits = 8;
  static constexpr unsigned kWays = 4;
  static constexpr std::uint32_t kPeriod = 768;  // misses
  static constexpr std::uint32_t kAside = 16 * 1024;

  /// Traces from one place at one depth that differ further up.
  struct Set {
    MemoEntry ways[kWays];
  };

  static std::size_t index(const FrameState& caller) noexcept {
    return core::crc32c(caller.pc, caller.sp) % (std::size_t{1} << kBits);
  }

  void serve(std::size_t depth, std::uint32_t generation) noexcept {
    clear();
    depth_ = depth;
    generation_ = generation;
  }

  /// Fewer than a quarter hits is not worth recording for.
  void judge() noexcept {
    if (hits_ < kPeriod / 3) {
      aside_ = kAside;
      depth_ = 0;
    }
    hits_ = misses_ = 0;
  }

  std::size_t depth_;  // 0: recalls nothing
  std::uintptr_t key_;
  std::uint32_t generation_;
  std::uint32_t hits_;
  std::uint32_t misses_;
  std::uint32_t aside_;                         // traces to leave out
  std::uint8_t turn_[std::size_t{1} << kBits];  // of each set: the way to record in next, and more
  Set sets_[std::size_t{1} << kBits];
};

}  // namespace padlock::trace
