// A memo of whole traces in front of the walk: a program that allocates from the same place at the same depth
// again has its trace for a few loads and compares.
#pragma once

#include <cstddef>
#include <cstdint>

#include "trace/frame_state.h"

namespace padlock::trace {

/// One trace: where the walk began, every word of the stack that decided where it went, and its id. If all of
/// them are as they were, the walk would go the same way: the answer is exact, not a guess.
class MemoEntry {
 public:
  /// Begins recording; the entry matches nothing until finish(). Words from `stack_end` on are not kept: it
  /// must be safe to read the others whenever the thread is at that stack pointer again.
  void start(const FrameState& caller, std::uintptr_t stack_end) noexcept {
    start_ = caller;
    const std::uintptr_t words = (stack_end - caller.sp) / kWord;
    words_ = static_cast<std::uint16_t>(words < UINT16_MAX ? words : UINT16_MAX);
    depth_ = 0;
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
  /// `depth`: what the walk was limited to, not 0. `generation`: of the rules it used.
  void finish(std::uint32_t id, std::size_t depth, std::uint32_t generation) noexcept {
    if (!complete_) return;
    id_ = id;
    depth_ = static_cast<std::uint8_t>(depth);
    generation_ = generation;
  }

  [[nodiscard]] bool matches(const FrameState& caller, std::size_t depth,
                             std::uint32_t generation) const noexcept {
    return start_.pc == caller.pc && start_.sp == caller.sp && depth_ == depth && generation_ == generation &&
           (!start_fp_matters_ || start_.fp == caller.fp) && holds();
  }
  [[nodiscard]] std::uint32_t id() const noexcept { return id_; }

 private:
  static constexpr std::size_t kMostLoads = 32;
  static constexpr std::uintptr_t kWord = sizeof(std::uintptr_t);

  void record(std::uintptr_t slot, std::uintptr_t value) noexcept {
    const std::uintptr_t distance = slot - start_.sp;
    const std::uintptr_t words = distance / kWord;
    if (loads_ == kMostLoads || slot < start_.sp || words >= words_ || distance % kWord != 0) {
      complete_ = false;
      return;
    }
    where_[loads_] = static_cast<std::uint16_t>(words);
    value_[loads_++] = value;
  }

  __attribute__((no_sanitize("address"))) bool holds() const noexcept {
    const auto* stack = reinterpret_cast<const std::uintptr_t*>(start_.sp);
    for (std::size_t i = 0; i < loads_; ++i) {
      if (stack[where_[i]] != value_[i]) return false;
    }
    return true;
  }

  FrameState start_;
  std::uint32_t id_;
  std::uint32_t generation_;
  std::uint8_t depth_;  // 0: matches nothing
  std::uint8_t loads_;
  std::uint16_t words_;              // of the stack above start_.sp, as far as where_ reaches
  bool complete_;                    // all loads fit
  bool start_fp_matters_;            // the walk used the rbp it began with
  std::uint16_t where_[kMostLoads];  // words above start_.sp
  std::uintptr_t value_[kMostLoads];
};

/// Zero-initialized memory is a valid empty memo. It steps aside for a while when it rarely hits.
class Memo {
 public:
  /// Where the trace of `caller` is or would be; null while the memo stands aside.
  MemoEntry* find(const FrameState& caller) noexcept {
    if (aside_ != 0) [[unlikely]] {
      --aside_;
      return nullptr;
    }
    return &entries_[index(caller)];
  }
  /// To be told of every trace that find() was asked for.
  void count(bool hit) noexcept {
    hits_ += hit ? 1U : 0U;
    if (++asked_ == kPeriod) [[unlikely]] {
      aside_ = hits_ < kPeriod / 4 ? kAside : 0;
      asked_ = hits_ = 0;
    }
  }
  void clear() noexcept {
    for (MemoEntry& entry : entries_) entry.start({}, 0);
  }

 private:
  static constexpr unsigned kBits = 7;
  static constexpr std::uint32_t kPeriod = 1024;
  static constexpr std::uint32_t kAside = 16 * kPeriod;

  static std::size_t index(const FrameState& caller) noexcept {
    constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15U;
    return static_cast<std::size_t>(((caller.pc ^ (caller.sp << 20)) * kGolden) >> (64 - kBits));
  }

  std::uint32_t asked_;
  std::uint32_t hits_;
  std::uint32_t aside_;  // traces to leave out
  MemoEntry entries_[std::size_t{1} << kBits];
};

}  // namespace padlock::trace
