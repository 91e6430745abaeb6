// The secrets of one heap, and the keyed checksum that seals a block's header.
#pragma once

#include <cstdint>
#include <optional>

#include "arch/crc32c.h"
#include "arch/nonzero_bytes.h"
#include "base/random.h"
#include "core/block/poison.h"

namespace padlock::core {

struct Keys {
  std::uint64_t seal = 0;
  std::uint64_t canary = 0;
  Poison poison;
  std::uint64_t link = 0;
  std::uint64_t front = 0;

  constexpr bool operator==(const Keys&) const noexcept = default;
  /// Shows whether a byte has changed.
  [[nodiscard]] std::uint64_t hash() const noexcept;

  static constexpr Keys derive(std::uint64_t key) noexcept {
    Random random(key);
    Keys keys;
    keys.seal = random.next();
    keys.canary = random.next();
    keys.poison = Poison(random.next());
    keys.link = random.next();
    keys.front = random.next();
    return keys;
  }
};

/// CRC-32C over the header's four words but the seal itself, started from the key and the block's address,
/// so that a header copied elsewhere does not verify. CRC-32C has Hamming distance 6 at this length
/// (Koopman, "32-bit cyclic redundancy codes for Internet applications", 2002): a change of up to five
/// bits is always detected. It is linear, hence a detector of accidents and no MAC.
inline std::uint32_t seal_of(std::uint64_t word0, std::uint64_t word1, std::uint64_t word2,
                             std::uint32_t word3_high, std::uintptr_t header, const Keys& keys) noexcept {
  std::uint64_t crc = arch::crc32c(keys.seal, header);
  crc = arch::crc32c(crc, word0);
  crc = arch::crc32c(crc, word1);
  crc = arch::crc32c(crc, word2);
  return arch::crc32c_half(crc, word3_high);
}

inline constexpr std::uint64_t kCanaryFactor = 0x9E3779B97F4A7C15U;

/// The canary behind a live block with this seal: eight bytes, of which the one at address a is byte a mod 8.
/// None is zero, otherwise they may have any value, and since the seal covers the block's address and its
/// allocation number, they are others for every block and for every one of its lives: there is no kind of
/// write that goes unseen wherever it happens.
inline std::uint64_t canary_of(std::uint32_t seal, const Keys& keys) noexcept {
  return arch::nonzero_bytes((seal ^ keys.canary) * kCanaryFactor);
}

/// The seal of which these eight bytes are the canary, if they are one: for a block with a lost header. Other
/// bytes are taken for a canary once in 2^32 at most where fewer than three of them are 255.
std::optional<std::uint32_t> seal_of_canary(std::uint64_t canary, const Keys& keys) noexcept;

}  // namespace padlock::core
