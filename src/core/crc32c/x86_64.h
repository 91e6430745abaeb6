// CRC-32C by the SSE4.2 instruction.
#pragma once

#include <nmmintrin.h>

#include <cstdint>

namespace padlock::core {

inline std::uint32_t crc32c(std::uint32_t crc, std::uint64_t word) noexcept {
  return static_cast<std::uint32_t>(_mm_crc32_u64(crc, word));
}

inline std::uint32_t crc32c_half(std::uint32_t crc, std::uint32_t half) noexcept {
  return _mm_crc32_u32(crc, half);
}

}  // namespace padlock::core
