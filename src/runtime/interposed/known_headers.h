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

  /// Whether a header that is known shows [address, address + size) to be the program's. Any address: what is
  /// shown is an arena's.
  [[gnu::always_inline]] [[nodiscard]] bool show(std::uintptr_t address, std::size_t size) const noexcept {
    const std::uint64_t known = ~place_of(address).load(std::memory_order_relaxed);
    const std::uintptr_t user = known >> kFrontBits;
    const std::uintptr_t offset = address - user;
    // Of an empty place the user pointer is beyond all memory.
    if (offset >= kFarthest) [[unlikely]]
      return false;
    const auto* const header = reinterpret_cast<const core::BlockHeader*>(user) - 1;
    if (front_of(header) != static_cast<std::uint16_t>(known)) [[unlikely]]
      return false;
    if (!core::is_of_live_block(core::load_header_word(header, 0))) [[unlikely]]
      return false;
    // As a whole: of a live block nothing else is in this word.
    const std::uint64_t requested = core::load_header_word(header, core::header_field::kRequested.word);
    return size <= requested && offset <= requested - size;
  }
  /// The header of the live block that holds `address`; the slots of both are an arena's as a whole, so that
  /// the header can always be read.
  [[gnu::always_inline]] void note(const core::BlockHeader* header, std::uintptr_t address) noexcept {
    const std::uint64_t known = address_of(header->user()) << kFrontBits | front_of(header);
    std::atomic<std::uint64_t>& place = place_of(address);
    place.store(~known, std::memory_order_relaxed);
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

  static constexpr std::uintptr_t kFarthest = kSlotSize;  // bytes from a header that it is asked for

  static constexpr unsigned kFrontBits = core::header_field::kFrontCanary.width;
  static_assert(core::header_field::kFrontCanary.word == 3 && core::header_field::kFrontCanary.shift == 48);
  static_assert(core::header_field::kRequested.shift == 0);

  [[gnu::always_inline]] static std::uint16_t front_of(const core::BlockHeader* header) noexcept {
    using HalfWord [[gnu::may_alias]] = std::uint16_t;
    return __atomic_load_n(reinterpret_cast<const HalfWord*>(header->user()) - 1, __ATOMIC_RELAXED);
  }

  [[nodiscard]] std::atomic<std::uint64_t>& place_of(std::uintptr_t address) noexcept {
    return places_[(address >> kShift) % kPlaces];
  }
  [[nodiscard]] const std::atomic<std::uint64_t>& place_of(std::uintptr_t address) const noexcept {
    return places_[(address >> kShift) % kPlaces];
  }

  std::atomic<std::uint64_t> places_[kPlaces] =
      {};  // the complement of: the user pointer and, in the lower bits, the front canary
};

extern constinit KnownHeaders known_headers __attribute__((visibility("hidden")));

}  // namespace padlock::runtime
