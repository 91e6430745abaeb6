// What becomes of freed large blocks, from one list to the next: closed with their pages, for new blocks of
// about their size; closed and emptied; gone, but remembered. Lists and limits only: no system call is made
// here.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/large/large_bins.h"
#include "runtime/large/large_fifo.h"
#include "runtime/large/large_record.h"

namespace padlock::runtime {

/// Not thread-safe. Records that are taken out are kBusy, or kGone, and in no list.
class LargeQuarantine {
 public:
  struct Limits {
    std::size_t space_bytes = 0;      // of address space
    std::size_t kept_bytes = 0;       // of closed mappings that keep their pages
    std::size_t held_back_bytes = 0;  // freed later than a block before its pages are used again
    std::int64_t idle_ms = 0;   // after which pages that nothing has used again are given back; 0: never
    bool keeps_latest = false;  // the latest block stays closed, however long it is
  };

  constexpr LargeQuarantine() noexcept = default;
  void set_up(const Limits& limits) noexcept { limits_ = limits; }

  /// Whether a mapping of so many bytes is worth keeping the pages of.
  [[nodiscard]] bool keeps(std::size_t bytes) const noexcept { return bytes <= limits_.kept_bytes / 2; }

  /// A block that has just been freed and closed.
  void add_kept(LargeRecord* record, std::int64_t now_ms) noexcept;
  void add_emptied(LargeRecord* record) noexcept;

  /// A block for a new one whose mapping has to be `bytes` long, taken out; null where none is to be had.
  LargeRecord* take_fitting(std::size_t bytes) noexcept;
  /// A block that has to be emptied by now, taken out, or null.
  LargeRecord* take_to_empty(std::int64_t now_ms) noexcept;
  /// Any block with pages, taken out, oldest first, or null.
  LargeRecord* take_kept() noexcept;
  /// A block whose address space has to be given back, taken out and kGone, or null.
  LargeRecord* take_over_limit() noexcept;
  /// Any block, oldest first, in the same way.
  LargeRecord* take_any() noexcept;

  /// Notes a block that is gone. Returns one that is to be forgotten for it, or null.
  LargeRecord* remember(LargeRecord* record) noexcept;
  /// `record` is remembered.
  void forget(LargeRecord* record) noexcept { remembered_.remove(record); }

  [[nodiscard]] std::size_t count() const noexcept { return kept_.count() + emptied_.count(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return kept_.bytes() + emptied_.bytes(); }
  [[nodiscard]] std::size_t kept_bytes() const noexcept { return kept_.bytes(); }

 private:
  static constexpr std::size_t kMostClosed = 1024;      // blocks
  static constexpr std::size_t kMostRemembered = 4096;  // blocks
  static constexpr std::int64_t kLookEvery = 1000;      // ms, for what has been idle for too long

  LargeRecord* take_from_kept(LargeRecord* record) noexcept;

  Limits limits_;
  LargeBins kept_;
  LargeFifo emptied_;
  LargeFifo remembered_;
  std::uint64_t freed_bytes_ = 0;  // ever
  std::int64_t next_look_ = 0;     // ms
};

}  // namespace padlock::runtime
