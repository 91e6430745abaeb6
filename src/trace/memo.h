// A memo of whole traces in front of the walk: a program that allocates from the same place at the same depth
// again has its trace for a few loads and one compare.
#pragma once

#include <cstddef>
#include <cstdint>

#include "trace/memo_entry.h"

namespace padlock::trace {

/// Zero-initialized memory is a valid empty memo. It holds traces of one depth by rules of one generation:
/// a request for another depth or generation clears it. It steps aside for a while when it rarely hits.
///
/// Programs go the same ways again and again: which trace comes next is guessed from the latest one and the
/// place of the call, as a branch predictor does, and is right 19 times out of 20. The others that begin at
/// the place are searched only where the guess is wrong.
class Memo {
 public:
  /// The id of the trace that begins at `caller`, or 0 if the memo does not know it. Of the depth that miss()
  /// was last told. `generation` is not 0.
  [[nodiscard]] std::uint32_t recall(const FrameState& caller, std::uint32_t generation) noexcept {
    if (generation != generation_) [[unlikely]]
      return 0;
    const std::uint64_t place = place_of(caller);
    const std::uint16_t guess = guess_at(place);
    const MemoEntry& guessed = entries_[guess];
    if (!guessed.matches(caller, key_)) [[unlikely]]
      return search(caller.copy(), place);
    ++hits_;
    latest_ = guess;
    return guessed.id();
  }

  /// After recall() gave 0: where to record the trace; null while the memo stands aside. Neither is 0.
  MemoEntry* miss(const FrameState& caller, std::size_t depth, std::uint32_t generation) noexcept;

  /// Of the traces that it holds; 0: there never was one.
  [[nodiscard]] std::size_t depth() const noexcept { return depth_; }
  /// For MemoEntry::finish().
  [[nodiscard]] std::uintptr_t key() const noexcept { return key_; }

  /// Forgets the latest trace that was recalled or recorded.
  void forget_latest() noexcept { entries_[latest_].start({}, 0); }
  /// Forgets everything, nearly always without touching it.
  void clear() noexcept;

 private:
  static constexpr std::size_t kWays = 8;  // traces from one place at one depth that differ further up
  static constexpr std::size_t kSets = 256;
  static constexpr std::size_t kGuesses = 1024;
  static constexpr std::uint32_t kPeriod = 768;  // misses
  static constexpr std::uint32_t kAside = 16 * 1024;

  static std::uint64_t place_of(const FrameState& caller) noexcept {
    return arch::crc32c(caller.pc, caller.sp);
  }
  static std::size_t set_of(std::uint64_t place) noexcept { return place % kSets; }
  std::uint16_t& guess_at(std::uint64_t place) noexcept {
    return guesses_[arch::crc32c(place, latest_) % kGuesses];
  }

  std::uint32_t search(const FrameState& caller, std::uint64_t place) noexcept;
  void follow(std::uint64_t place, std::size_t entry) noexcept;
  void serve(std::size_t depth, std::uint32_t generation) noexcept;
  void judge() noexcept;

  std::uint32_t generation_;  // 0: recalls nothing
  std::uintptr_t key_;
  std::uint64_t latest_;  // entry that was recalled or recorded
  std::size_t depth_;     // 0: of no depth yet
  std::uint32_t hits_;
  std::uint32_t misses_;
  std::uint32_t aside_;              // traces to leave out
  std::uint16_t used_;               // entries, from the first one on: few traces touch few pages
  std::uint8_t turn_[kSets];         // the way to record in next, and more
  std::uint16_t guesses_[kGuesses];  // entries, by the latest one and the place
  std::uint16_t
      ways_[kSets * kWays];  // their entries, counted from 1; 0: not used yet, nor are those behind it
  MemoEntry entries_[kSets * kWays];
};

}  // namespace padlock::trace
