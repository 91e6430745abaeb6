// Where the headers of blocks are that calls met lately, by the addresses that they passed: a call that lies
// in the same live block needs neither the region nor its bitmap, in which the start of a long block is far
// away.
//
// Nothing is reported by it. Where a header was there may be a program's data by now: beside the address of a
// header the table has its front canary, the same in every life of a block there, which data hits once in
// 65,536.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/arith.h"
#include "core/examine/access.h"
#include "runtime/memory/pool_marks.h"
#include "runtime/memory/segment_table.h"

namespace padlock::runtime {

class KnownHeaders {
 public:
  constexpr KnownHeaders() noexcept = default;

  /// Whether a header that is known shows [address, address + size), which begins in an arena's slot, to be
  /// the program's.
  [[gnu::always_inline]] [[nodiscard]] bool show(std::uintptr_t address, std::size_t size) const noexcept {
    const std::uint64_t known = place_of(address).load(std::memory_order_relaxed);
    const std::uint64_t place = known & ~kFront;
    // In one slot: an arena's as a whole, so that the header can be read.
    if ((address ^ place) >= kSlotSize) return false;
    const auto* const header = reinterpret_cast<const core::BlockHeader*>(place);
    return (core::load_header_word(header, 3) ^ known) <= ~kFront && core::lies_behind(header, address, size);
  }
  /// The header of the live block that holds `address`; the slot of both is an arena's as a whole.
  [[gnu::always_inline]] void note(const core::BlockHeader* header, std::uintptr_t address) noexcept {
    const std::uint64_t front = core::load_header_word(header, 3) & kFront;
    std::atomic<std::uint64_t>& place = place_of(address);
    place.store(front | address_of(header), std::memory_order_relaxed);
    // Poisoned pieces of a block may be what shows no more. Their first one has all threads pass a barrier
    // between setting the mark and emptying the places.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (pool_marks.in_use()) [[unlikely]]
      place.store(0, std::memory_order_relaxed);
  }
  /// A slot is an arena's as a whole no more.
  void forget() noexcept {
    for (std::atomic<std::uint64_t>& place : places_) place.store(0, std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t kPlaces = 1024;
  static constexpr unsigned kShift = 10;  // 1 KiB shares a place: a long block takes few

  static constexpr std::uint64_t kFront = core::header_field::kFrontCanary.mask();
  static_assert(core::header_field::kFrontCanary.word == 3 && kFront == ~std::uint64_t{0} << 48);

  [[nodiscard]] std::atomic<std::uint64_t>& place_of(std::uintptr_t address) noexcept {
    return places_[(address >> kShift) % kPlaces];
  }
  [[nodiscard]] const std::atomic<std::uint64_t>& place_of(std::uintptr_t address) const noexcept {
    return places_[(address >> kShift) % kPlaces];
  }

  std::atomic<std::uint64_t> places_[kPlaces] =
      {};  // the header's address and, in the upper bits, its front canary
};

extern constinit KnownHeaders known_headers;

}  // namespace padlock::runtime
