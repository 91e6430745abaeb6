// The outer parts of walks, remembered one by one: where whole traces seldom repeat, their outer frames do.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "trace/memo_entry.h"

namespace padlock::trace {

/// The frames of a trace from one of them on, and what it takes to know them again. Four cache lines.
class Tail {
 public:
  static constexpr std::size_t kMostFrames = 12;

  /// Begins recording; matches nothing until finish(). As MemoEntry::start().
  void start(const FrameState& frame, std::uintptr_t stack_end) noexcept { words_.start(frame, stack_end); }
  /// Sees the words that the walk from here on reads.
  [[nodiscard]] MemoEntry& log() noexcept { return words_; }
  /// `pcs`: at most kMostFrames. `key`: see MemoEntry::finish().
  void finish(std::span<const std::uintptr_t> pcs, std::uintptr_t key) noexcept {
    depth_ = pcs.size();
    for (std::size_t i = 0; i != pcs.size(); ++i) pcs_[i] = pcs[i];
    words_.finish(0, key);
  }

  /// Whether the walk from `frame` would go the same way.
  [[nodiscard]] bool matches(const FrameState& frame, std::uintptr_t key) const noexcept {
    return words_.matches(frame, key);
  }
  [[nodiscard]] const MemoEntry& words() const noexcept { return words_; }
  /// The first is that of the frame itself. Returns how many there are.
  std::size_t copy_to(std::uintptr_t* pcs) const noexcept {
    for (std::size_t i = 0; i != depth_; ++i) pcs[i] = pcs_[i];
    return depth_;
  }

 private:
  MemoEntry words_;
  std::size_t depth_;
  std::uintptr_t pcs_[kMostFrames];
};

/// Zero-initialized memory is a valid empty one. It serves one thread, on its own stack, and one depth: other
/// depths empty it, as do new rules (clear()). It steps aside for a while when it rarely hits.
class Tails {
 public:
  /// How many frames of `depth` come before the tail; `depth` itself where none is worth it.
  static constexpr std::size_t head_of(std::size_t depth) noexcept {
    static_assert(kLeastHead + kLeastTail >= Tail::kMostFrames);
    if (depth < kLeastHead + kLeastTail) return depth;
    return std::max(kLeastHead, depth - Tail::kMostFrames);
  }

  /// Asked once a walk; if so, the walk does without them.
  [[nodiscard]] bool stand_aside() noexcept {
    if (aside_ == 0) [[likely]]
      return false;
    --aside_;
    return true;
  }
  /// The only place where the tail from `frame` can be. Of a trace of `depth`.
  [[nodiscard]] Tail* place_of(const FrameState& frame, std::size_t depth) noexcept {
    if (depth != depth_) [[unlikely]]
      serve(depth);
    std::uint8_t& number = numbers_[arch::crc32c(frame.pc, frame.sp) % kPlaces];
    if (number == 0) [[unlikely]]
      number = next_number();
    return &tails_[number - 1U];
  }
  [[nodiscard]] bool holds(const Tail& tail, const FrameState& frame) noexcept {
    if (tail.matches(frame, key_)) [[likely]] {
      ++hits_;
      return true;
    }
    if (++misses_ == kPeriod) [[unlikely]]
      judge();
    return false;
  }
  /// For Tail::finish().
  [[nodiscard]] std::uintptr_t key() const noexcept { return key_; }

  /// Forgets everything, nearly always without touching it.
  void clear() noexcept;

 private:
  static constexpr std::size_t kLeastHead = 4;
  static constexpr std::size_t kLeastTail = 8;
  static constexpr std::size_t kTails = 255;
  static constexpr std::size_t kPlaces = 512;
  static constexpr std::uint32_t kPeriod = 768;  // misses
  static constexpr std::uint32_t kAside = 16 * 1024;

  std::uint8_t next_number() noexcept;
  void serve(std::size_t depth) noexcept;
  void judge() noexcept;

  std::uintptr_t key_;
  std::size_t depth_;
  std::uint32_t hits_;
  std::uint32_t misses_;
  std::uint32_t aside_;            // traces to leave out
  std::uint32_t used_;             // numbers given: few tails touch few pages
  std::uint8_t numbers_[kPlaces];  // of tails, from 1; 0: none yet
  Tail tails_[kTails];
};

}  // namespace padlock::trace
