// What a damaged header said before, as far as the seal can prove it. The heap knows a block's length out
// of band, so few bytes of a header have to be guessed when little of it has changed; every guess is held
// against the seal.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/block/header.h"

namespace padlock::core {

using HeaderBytes = std::array<std::uint8_t, kHeaderSize>;

/// Headers whose last bytes have changed by at most this many are proven to the byte, likewise first ones.
inline constexpr std::size_t kBackRepair =
    (header_field::kNumberHigh.width + header_field::kFrontCanary.width) / 8;
inline constexpr std::size_t kFrontRepair = (header_field::kGranules.width + header_field::kState.width +
                                             header_field::kOrigin.width + header_field::kAlignLog2.width) /
                                            8;

struct HeaderRepair {
  bool found = false;  // otherwise nothing below is set
  HeaderBytes bytes{};
  BlockFields fields;
  std::size_t first = 0;  // damaged bytes of the header, first and last
  std::size_t last = 0;
};

/// Tries the last bytes, the first ones, then every single byte. `granules`: the block's length, 0 if not
/// known; `number`: the latest allocation number. About nine thousand
/// attempts at most, so a wrong repair has odds below one in four hundred thousand. `seal`: what the header
/// was sealed with, where that is known: then its own four bytes may have changed too, besides those that are
/// tried.
HeaderRepair repair_header(const BlockHeader* header, std::uint32_t granules, std::uint64_t number,
                           const Keys& keys, std::optional<std::uint32_t> seal = {}) noexcept;

/// How a header differs from what is known of it; not found where it does not.
HeaderRepair repair_to(const BlockHeader* header, const HeaderWords& known) noexcept;

/// A header that does not verify and could not be repaired was hit from below: bytes of it that the write
/// covered at least.
std::size_t least_overrun(const BlockHeader* header, const Keys& keys) noexcept;

HeaderBytes bytes_of(const BlockHeader* header) noexcept;

}  // namespace padlock::core
