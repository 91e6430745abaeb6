// A memo of whole traces in front of the walk: a program that allocates from the same place at the same depth
// again has its trace for a few loads and one compare.
#pragma once

#include <cstddef>
#include <cstdint>

#include "trace/frame_state.h"
#include "trace/word_hash.h"

namespace padlock::trace {

/// One trace: where the walk began, where every word of the stack lies that decided where it went, a hash of
/// those words, and the trace's id. If the words are as they were, the walk would go the same way.
/// Two cache lines.
class alignas(64) MemoEntry {
 public:
  /// Begins recording; the entry matches nothing until finish(). Words from `stack_end` on are not kept: it
  /// must be safe to read the others whenever the thread is at that stack pointer again.
  void start(const FrameState& caller, std::uintptr_t stack_end) noexcept {
    start_ = caller;
    const std::uintptr_t words = (stack_end - caller.sp) / kWord;
    words_ = static_cast<std::uint16_t>(words < UINT16_MAX ? words : UINT16_MAX);
    key_ = 0;
    hash_ = 0;
    loads_ = 0;
    complete_ = true;
    start_fp_matters_ = false;
  }
  void on_return_address(std::uintptr_t slot, std::uintptr_t pc) noexcept { record(slot, pc); }
  void on_frame_pointer(std::uintptr_t slot, std::uintptr_t fp) noexcept {
    if (slot == 0) {
      start_fp_matters_ = true;
    } else {
      record(slot, fp);
    }
  }
  /// `limit`: of the walk, not 0, less than 2^32. `generation`: of the rules it used.
  void finish(std::uint32_t id, std::size_t limit, std::uint32_t generation) noexcept {
    if (!complete_) return;
    id_ = id;
    key_ = key_of(limit, generation);
  }

  [[nodiscard]] bool matches(const FrameState& caller, std::size_t limit,
                             std::uint32_t generation) const noexcept {
    return start_.pc == caller.pc && start_.sp == caller.sp && key_ == key_of(limit, generation) &&
           (!start_fp_matters_ || start_.fp == caller.fp) && hash_of_words() == hash_;
  }
  [[nodiscard]] std::uint32_t id() const noexcept { return id_; }

 private:
  static constexpr std::size_t kMostLoads = 32;
  static constexpr std::uintptr_t kWord = sizeof(std::uintptr_t);

  static std::uint64_t key_of(std::size_t limit, std::uint32_t generation) noexcept {
    return std::uint64_t{generation} << 32 | limit;
  }

  void record(std::uintptr_t slot, std::uintptr_t value) noexcept {
    const std::uintptr_t distance = slot - start_.sp;
    const std::uintptr_t words = distance / kWord;
    if (loads_ == kMostLoads || slot < start_.sp || words >= words_ || distance % kWord != 0) {
      complete_ = false;
      return;
    }
    where_[loads_] = static_cast<std::uint16_t>(words);
    WordHash hash;
    hash.add(loads_++, value);
    hash_ += hash.sum();
  }

  __attribute__((no_sanitize("address"))) std::uint64_t hash_of_words() const noexcept {
    const auto* stack = reinterpret_cast<const std::uintptr_t*>(start_.sp);
    WordHash even;  // two sums, so that neither waits for the other
    WordHash odd;
    std::size_t i = 0;
    for (; i + 1 < loads_; i += 2) {
      even.add(i, stack[where_[i]]);
      odd.add(i + 1, stack[where_[i + 1]]);
    }
    if (i < loads_) even.add(i, stack[where_[i]]);
    return even.sum() + odd.sum();
  }

  FrameState start_;
  std::uint64_t hash_;
  std::uint64_t key_;  // 0: matches nothing
  std::uint32_t id_;
  std::uint16_t words_;  // of the stack above start_.sp, as far as where_ reaches
  std::uint8_t loads_;
  bool complete_ : 1;                // all loads fit
  bool start_fp_matters_ : 1;        // the walk used the rbp it began with
  std::uint16_t where_[kMostLoads];  // words above start_.sp
};
static_assert(sizeof(MemoEntry) == 128);

/// Zero-initialized memory is a valid empty memo. It steps aside for a while when it rarely hits.
class Memo {
 public:
  /// The id of the trace that begins at `caller`, or 0 if the memo does not know it.
  [[nodiscard]] std::uint32_t recall(const FrameState& caller, std::size_t depth,
                                     std::uint32_t generation) noexcept {
    if (aside_ != 0) [[unlikely]]
      return 0;
    for (const MemoEntry& entry : sets_[index(caller)].ways) {
      if (!entry.matches(caller, limit_of(depth), generation)) continue;
      ++hits_;
      return entry.id();
    }
    return 0;
  }

  /// After recall() gave 0: where to record the trace; null while the memo stands aside.
  MemoEntry* miss(const FrameState& caller) noexcept {
    if (aside_ != 0) {
      --aside_;
      return nullptr;
    }
    if (++misses_ == kPeriod) [[unlikely]]
      judge();
    Set& set = sets_[index(caller)];
    set.turn = (set.turn + 1) % kWays;
    return &set.ways[set.turn];
  }

  /// For MemoEntry::finish(): entries from before clear() have another limit.
  [[nodiscard]] std::size_t limit_of(std::size_t depth) const noexcept {
    static_assert(kMaxDepth < 256);
    return depth | std::size_t{epoch_} << 8;
  }

  /// Forgets everything, nearly always without touching it.
  void clear() noexcept {
    if (++epoch_ != 0) return;
    for (Set& set : sets_) {
      for (MemoEntry& entry : set.ways) entry.start({}, 0);
    }
  }

 private:
  static constexpr unsigned kBits = 9;
  static constexpr std::uint32_t kWays = 2;
  static constexpr std::uint32_t kPeriod = 768;  // misses
  static constexpr std::uint32_t kAside = 16 * 1024;

  /// Traces from one place at one depth that differ further up.
  struct Set {
    MemoEntry ways[kWays];
    std::uint32_t turn;
  };

  static std::size_t index(const FrameState& caller) noexcept {
    constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15U;
    return static_cast<std::size_t>(((caller.pc ^ (caller.sp << 20)) * kGolden) >> (64 - kBits));
  }

  /// Fewer than a quarter hits is not worth recording for.
  void judge() noexcept {
    aside_ = hits_ < kPeriod / 3 ? kAside : 0;
    hits_ = misses_ = 0;
  }

  std::uint16_t epoch_;
  std::uint32_t hits_;
  std::uint32_t misses_;
  std::uint32_t aside_;  // traces to leave out
  Set sets_[std::size_t{1} << kBits];
};

}  // namespace padlock::trace
