// The records of guarded blocks that calls met lately, by the pages that they passed. A record says where its
// block lies, so whichever one is at hand, it shows nothing that is not so. A buffer that a program keeps and
// copies into all the time is guarded more often than not, as its site's first block.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/arith.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/memory/pool_marks.h"

namespace padlock::runtime {

class KnownSlots {
 public:
  constexpr KnownSlots() noexcept = default;

  /// Whether a record that is known shows [address, address + size) to be the program's. Any address: what is
  /// shown is a guarded block's.
  [[gnu::always_inline]] [[nodiscard]] bool show(std::uintptr_t address, std::size_t size) const noexcept {
    const std::uint32_t known = place_of(address).load(std::memory_order_relaxed);
    if (known == 0) return false;
    const GuardedRecord& record = guarded_blocks.record_numbered(known - 1);
    const std::uint64_t requested = record.requested.load(std::memory_order_relaxed);
    const std::uint64_t offset = address - record.user.load(std::memory_order_relaxed);  // huge before it
    return size <= requested && offset <= requested - size;
  }
  /// `number`: of the record of the slot that holds `address`.
  void note(std::uintptr_t address, std::size_t number) noexcept {
    if (number >= UINT32_MAX) return;
    std::atomic<std::uint32_t>& place = place_of(address);
    place.store(static_cast<std::uint32_t>(number + 1), std::memory_order_relaxed);
    // As in KnownHeaders::note().
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (pool_marks.in_use()) [[unlikely]]
      place.store(0, std::memory_order_relaxed);
  }
  void forget() noexcept {
    for (std::atomic<std::uint32_t>& place : places_) place.store(0, std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t kPlaces = 256;
  static constexpr unsigned kPageShift = 12;

  [[nodiscard]] std::atomic<std::uint32_t>& place_of(std::uintptr_t address) noexcept {
    return places_[(address >> kPageShift) % kPlaces];
  }
  [[nodiscard]] const std::atomic<std::uint32_t>& place_of(std::uintptr_t address) const noexcept {
    return places_[(address >> kPageShift) % kPlaces];
  }

  std::atomic<std::uint32_t> places_[kPlaces] = {};  // numbers of records, plus one; 0: none
};

extern constinit KnownSlots known_slots __attribute__((visibility("hidden")));

}  // namespace padlock::runtime
