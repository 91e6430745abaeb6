// Whether memory that the program is about to access lies in one live block. Looked at while others work on
// the heap: without a lock, and nothing is changed. What an address may be accessed for is exact for every
// address that the program may access; of any other it is a guess, which judge_access() makes certain or
// drops.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/block/header.h"
#include "core/block/seal.h"
#include "core/fault.h"
#include "core/index/region.h"

namespace padlock::core {

/// No bound is known.
inline constexpr std::size_t kUnbounded = SIZE_MAX;

/// The start of the block that holds `address`, which lies in the region; Bitmap::kNone where there is none.
/// What a live block lies in stays as it is as long as it lives, so that its owner's look always succeeds.
[[gnu::always_inline]] inline std::uint32_t start_seen_at(const Region& region,
                                                          std::uintptr_t address) noexcept {
  const std::uint32_t granule = region.granule_of(address);
  // Another thread may be handing out memory at the top.
  const std::uint32_t top = __atomic_load_n(&region.top, __ATOMIC_RELAXED);
  return granule < top ? region.starts.last_at_or_before(granule) : Bitmap::kNone;
}

/// How many bytes from `address` on a header says are the program's, without its seal; 0 where it says that
/// there are none.
[[gnu::always_inline]] inline std::size_t accessible_behind(const BlockHeader* header,
                                                            std::uintptr_t address) noexcept {
  const HeaderWords words{load_header_word(header, 0), load_header_word(header, 1)};
  if (header_field::kState.in(words) != static_cast<std::uint64_t>(BlockState::kLive)) return 0;
  // Before the user pointer it is more than any size.
  const std::uint64_t offset = address - address_of(header->user());
  const std::uint64_t requested = header_field::kRequested.in(words);
  return offset <= requested ? requested - offset : 0;
}

/// Whether the first word of a header says that its block is live.
[[gnu::always_inline]] inline bool is_of_live_block(std::uint64_t word) noexcept {
  static_assert(static_cast<unsigned>(BlockState::kLive) == 0 && header_field::kState.word == 0);
  return (word & header_field::kState.mask()) == 0;
}

/// Whether a header says that [address, address + size) is the program's; without its seal.
[[gnu::always_inline]] inline bool lies_behind(const BlockHeader* header, std::uintptr_t address,
                                               std::size_t size) noexcept {
  const HeaderWords words{load_header_word(header, 0), load_header_word(header, 1)};
  const std::uint64_t requested = header_field::kRequested.in(words);
  return header_field::kState.in(words) == static_cast<std::uint64_t>(BlockState::kLive) &&
         size <= requested && address - address_of(header->user()) <= requested - size;
}

/// How many bytes from `address` on, which lies in the region, are the program's, by the header alone and
/// without its seal; 0 where the address seems to be none of the program's.
[[gnu::always_inline]] inline std::size_t accessible_at(const Region& region,
                                                        std::uintptr_t address) noexcept {
  const std::uint32_t start = start_seen_at(region, address);
  if (start == Bitmap::kNone) [[unlikely]]
    return kUnbounded;
  return accessible_behind(region.header_at(start), address);
}

/// The header of the block of the region that holds `address`, which may be anything, where it starts near
/// there; otherwise null.
[[gnu::always_inline]] inline const BlockHeader* header_near(const Region& region,
                                                             std::uintptr_t address) noexcept {
  const std::uint64_t granule = (address - region.base()) / kGranule;
  if (granule >= __atomic_load_n(&region.top, __ATOMIC_RELAXED)) [[unlikely]]
    return nullptr;
  const std::uint64_t starts = region.starts.up_to(static_cast<std::uint32_t>(granule));
  if (starts == 0) return nullptr;
  const std::uint64_t start = granule - static_cast<unsigned>(std::countl_zero(starts));
  return reinterpret_cast<const BlockHeader*>(region.base() + start * kGranule);
}

/// The fault of an access to `range`, whose first byte lies in the region and which is not empty: an overflow
/// or an underflow of a live block, or a use after free; or, of a read that runs over padding that is damaged
/// already, that overflow (Moment::kCall). Of kind kNone where the access is sound, or where that is not
/// certain: a header that does not verify, memory that was never handed out, merged memory that no freed
/// block is known for. Async-signal-safe.
[[nodiscard]] Fault judge_access(const Region& region, const Keys& keys, const AccessedRange& range) noexcept;
/// The same where the block is known for certain that the range's first byte lies in, before or behind, and
/// not in any other. Freed memory is all that belonged to it.
[[nodiscard]] Fault judge_access(const BlockSnapshot& block, const AccessedRange& range) noexcept;

/// The fault of a copy to `to` from the same number of bytes at `from`, which overlap: of the live block that
/// holds the first byte that is written. Of kind kNone where none is known. Async-signal-safe.
[[nodiscard]] Fault judge_overlap(const Region& region, const Keys& keys, const AccessedRange& to,
                                  std::uintptr_t from) noexcept;
/// The same of a block that is known already.
[[nodiscard]] Fault judge_overlap(const BlockSnapshot& block, const AccessedRange& to,
                                  std::uintptr_t from) noexcept;

}  // namespace padlock::core
