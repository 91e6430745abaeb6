// CRC-32C by the SSE4.2 instruction.
#pragma once

#include <nmmintrin.h>

#include <cstdint>

namespace padlock::arch {

/// The checksum so far is in the low 32 bits of `crc`; the result's others are 0.
inline std::uint64_t crc32c(std::uint64_t crc, std::uint64_t word) noexcept {
  return _mm_crc32_u64(crc, word);
}

inline std::uint32_t crc32c_half(std::uint64_t crc, std::uint32_t half) noexcept {
  return _mm_crc32_u32(static_cast<std::uint32_t>(crc), half);
}

}  // namespace padlock::arch
