// Where the parts of a block lie:
//
//   | header, 32 bytes, sealed | user data | padding, at least 8 bytes, locked |
//   ^ block: a multiple of 16 bytes long, 16-byte aligned
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/arith.h"
#include "core/config.h"

namespace padlock::core {

inline constexpr std::size_t kHeaderSize = 32;
inline constexpr std::uint32_t kHeaderGranules = kHeaderSize / kGranule;
inline constexpr std::uint32_t kMinBlockGranules = 3;  // a free block's links need 16 bytes behind the header
inline constexpr std::size_t kMaxRequest = kMaxRegion / 2;

/// Bytes of user data and padding of a block of `granules`.
constexpr std::size_t capacity_of(std::uint32_t granules) noexcept {
  return std::size_t{granules} * kGranule - kHeaderSize;
}

/// The smallest block for a request of `size` <= kMaxRequest bytes.
constexpr std::uint32_t granules_for(std::size_t size) noexcept {
  const auto granules =
      static_cast<std::uint32_t>(align_up(kHeaderSize + size + kMinPadding, kGranule) / kGranule);
  return granules < kMinBlockGranules ? kMinBlockGranules : granules;
}

/// Granules to skip from `block` (an address) so that the user pointer of a block there is aligned; what is
/// skipped must be a block of its own. `alignment`: a power of two, or 0.
constexpr std::uint32_t lead_at(std::uintptr_t block, std::size_t alignment) noexcept {
  if (alignment <= kGranule) return 0;
  const std::uintptr_t user = block + kHeaderSize;
  std::uintptr_t aligned = align_up(user, std::uintptr_t{alignment});
  while (aligned != user && aligned - user < std::uintptr_t{kMinBlockGranules} * kGranule)
    aligned += alignment;
  return static_cast<std::uint32_t>((aligned - user) / kGranule);
}

/// The most that lead_at() can skip.
constexpr std::uint32_t worst_lead(std::size_t alignment) noexcept {
  if (alignment <= kGranule) return 0;
  return static_cast<std::uint32_t>(alignment / kGranule) + kMinBlockGranules;
}

}  // namespace padlock::core
