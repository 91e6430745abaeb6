// One trace that is remembered, and what it takes to know it again: on the thread's own stack. What differs
// where the stack is not known is in foreign_trace.h.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "arch/crc32c.h"
#include "trace/frame_state.h"

namespace padlock::trace {

/// Where the walk began, where every word of the stack lies that decided where it went, checksums of those
/// words, and the trace's id. If the words are as they were, the walk would go the same way. Two cache lines;
/// most entries need only the first.
///
/// Every other word goes to one of two CRC-32C. Words that differ within 32 bits, one in each sum, are always
/// distinguished, others with odds of 2^-32: they do not matter unless this very block is reported.
class alignas(64) MemoEntry {
 public:
  static constexpr std::size_t kMostLoads = 40;
  static constexpr bool kFollowsTails = true;

  /// Begins recording; the entry matches nothing until finish(). Words from `stack_end` on are not kept: it
  /// must be safe to read the others whenever the thread is at that stack pointer again.
  void start(const FrameState& caller, std::uintptr_t stack_end) noexcept {
    pc_ = caller.pc;
    keyed_sp_ = caller.sp;
    fp_ = caller.fp;
    const std::uintptr_t words = (stack_end - caller.sp) / kWord;
    words_ = static_cast<std::uint16_t>(std::min<std::uintptr_t>(words, UINT16_MAX));
    loads_ = 0;
    complete_ = true;
    fp_matters_ = false;
  }
  void on_return_address(std::uintptr_t slot, std::uintptr_t /*pc*/) noexcept { record(slot); }
  void on_frame_pointer(std::uintptr_t slot, std::uintptr_t /*fp*/) noexcept {
    if (slot == kFpAtStart) {
      fp_matters_ = true;
    } else if (slot != kFpLogged) {
      record(slot);
    }
  }
  void on_stack_pointer(std::uintptr_t slot, std::uintptr_t /*sp*/) noexcept { record(slot); }
  /// The walk goes on as another entry, finished, of a frame further up says.
  void follow(const MemoEntry& other, std::uintptr_t other_sp, std::uintptr_t fp_slot) noexcept {
    if (other.fp_matters_) on_frame_pointer(fp_slot, 0);
    const std::uintptr_t bytes = other_sp - keyed_sp_;
    const std::uintptr_t distance = bytes / kWord;
    if (loads_ + other.loads_ > kMostLoads || distance >= words_ || bytes % kWord != 0) {
      complete_ = false;
      return;
    }
    std::uintptr_t farthest = 0;
    for (std::size_t i = 0; i != other.loads_; ++i) {
      const std::uintptr_t word = other.where_[i] + distance;
      farthest = std::max(farthest, word);
      where_[loads_ + i] = static_cast<std::uint16_t>(word);
    }
    loads_ = static_cast<std::uint8_t>(loads_ + other.loads_);
    if (farthest >= words_) complete_ = false;
  }
  /// Before any of the words has changed. `key`: a multiple of kKey, not 0; the entry is for those who have
  /// the same.
  void finish(std::uint32_t id, std::uintptr_t key) noexcept {
    if (!complete_) return;
    while (loads_ % kStride != 0) {
      where_[loads_] = where_[loads_ - 1];
      ++loads_;
    }
    sums_ = sums_of_words(keyed_sp_);
    keyed_sp_ += key;
    id_ = id;
  }
  static constexpr std::uintptr_t kKey = std::uintptr_t{1} << 48;  // above every stack pointer

  [[nodiscard]] bool matches(const FrameState& caller, std::uintptr_t key) const noexcept {
    return keyed_sp_ == caller.sp + key && pc_ == caller.pc && (!fp_matters_ || fp_ == caller.fp) &&
           sums_of_words(caller.sp) == sums_;
  }
  [[nodiscard]] std::uint32_t id() const noexcept { return id_; }

 private:
  friend class ForeignTrace;

  static constexpr std::uintptr_t kWord = sizeof(std::uintptr_t);
  static constexpr std::size_t kStride = 4;
  static_assert(kMostLoads % kStride == 0);

  void record(std::uintptr_t slot) noexcept {
    const std::uintptr_t distance = slot - keyed_sp_;  // huge for a slot below
    if (loads_ == kMostLoads || distance / kWord >= words_ || distance % kWord != 0) {
      complete_ = false;
      return;
    }
    where_[loads_++] = static_cast<std::uint16_t>(distance / kWord);
  }

  // Two sums, so that neither waits for the other.
  __attribute__((no_sanitize("address"))) std::uint64_t sums_of_words(std::uintptr_t sp) const noexcept {
    const auto* stack = reinterpret_cast<const std::uintptr_t*>(sp);
    std::uint64_t even = 0;
    std::uint64_t odd = 0;
    for (const std::uint16_t* at = where_; at != where_ + loads_; at += kStride) {
      even = arch::crc32c(even, stack[at[0]]);
      odd = arch::crc32c(odd, stack[at[1]]);
      even = arch::crc32c(even, stack[at[2]]);
      odd = arch::crc32c(odd, stack[at[3]]);
    }
    return even << 32 | odd;
  }

  std::uintptr_t pc_;
  std::uintptr_t keyed_sp_;
  std::uintptr_t fp_;
  std::uint64_t sums_;
  std::uint32_t id_;
  std::uint16_t words_;  // of the stack above the stack pointer, as far as where_ reaches
  std::uint8_t loads_;
  bool complete_ : 1;                // all loads fit
  bool fp_matters_ : 1;              // the walk used the frame pointer it began with
  bool must_ask_ : 1;                // see ForeignTrace
  std::uint16_t where_[kMostLoads];  // words above the stack pointer
};
static_assert(sizeof(MemoEntry) == 128);

}  // namespace padlock::trace
