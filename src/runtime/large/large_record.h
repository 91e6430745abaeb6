// A large block as it is known out of band, and the table of them.
//
//   | guard | ... | header | user data | padding | guard, room to grow |
//   ^ map_begin   ^ in the body's first page     ^ body_end            ^ map_end
//
// The user data is moved right, so that the padding ends where the guard begins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/block/header.h"
#include "core/fault.h"
#include "runtime/large/large_mapping.h"

namespace padlock::runtime {

/// Where the pages of a large block are.
enum class LargePlace : std::uint8_t {
  kOpen,     // the program's, or freed and about to be closed
  kBusy,     // taken out of the lists, by a thread that does not hold the lock in the meantime
  kKept,     // closed, with their contents
  kEmptied,  // closed, given back to the system
  kGone,     // not even the addresses are reserved: remembered to name double frees
};

struct LargeRecord {
  LargeMapping mapping;
  core::HeaderWords header{};  // the in-band header as it must be
  core::BlockSnapshot block;   // what it says, unpacked
  LargePlace place = LargePlace::kOpen;
  std::uint64_t freed_before = 0;  // bytes of large blocks that had been freed when this one was
  std::int64_t freed_at = 0;       // milliseconds
  LargeRecord* next = nullptr;     // in its bucket, or in the list of unused records
  LargeRecord* older = nullptr;    // in a LargeFifo
  LargeRecord* newer = nullptr;

  [[nodiscard]] bool live() const noexcept { return block.state == core::BlockState::kLive; }
  [[nodiscard]] bool contains(std::uintptr_t address) const noexcept {
    return place != LargePlace::kGone && address - mapping.map_begin < mapping.size();
  }
};

/// Records by user address. Not thread-safe. Memory comes straight from the system and is never given back.
class LargeTable {
 public:
  constexpr LargeTable() noexcept = default;

  /// The record of the block whose user pointer is exactly `user`, or null.
  [[nodiscard]] LargeRecord* find(std::uintptr_t user) const noexcept;
  /// A copy of `record`, in the table; null without memory. No record of the same user address is there.
  LargeRecord* insert(const LargeRecord& record) noexcept;
  void erase(LargeRecord* record) noexcept;

  /// For an insertion that must not fail: a record taken ahead, null without memory; and it is inserted, or
  /// given back.
  LargeRecord* reserve() noexcept;
  LargeRecord* insert_reserved(LargeRecord* reserved, const LargeRecord& record) noexcept;
  void give_back(LargeRecord* reserved) noexcept;

  /// Every record, in no order. Linear: for checks and reports.
  template <typename Visit>
  void for_each(Visit visit) const noexcept {
    for (LargeRecord* record : std::span(buckets_, bucket_count_)) {
      for (; record != nullptr; record = record->next) visit(*record);
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  [[nodiscard]] LargeRecord*& bucket_of(std::uintptr_t user) const noexcept;
  bool make_room() noexcept;
  void grow() noexcept;
  LargeRecord** buckets_ = nullptr;
  std::size_t bucket_count_ = 0;  // a power of two
  std::size_t size_ = 0;
  LargeRecord* unused_ = nullptr;
};

}  // namespace padlock::runtime
