// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78) by table, to hold an instruction against.
#pragma once

#include <array>
#include <cstdint>

namespace padlock::arch::by_table {

inline constexpr std::array<std::uint32_t, 256> kCrc32cTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78U : 0U);
    table[i] = crc;
  }
  return table;
}();

inline std::uint32_t crc32c_bytes(std::uint32_t crc, std::uint64_t value, int bytes) noexcept {
  for (int i = 0; i < bytes; ++i) {
    crc = (crc >> 8) ^ kCrc32cTable[(crc ^ value) & 0xFF];
    value >>= 8;
  }
  return crc;
}

/// The checksum so far is in the low 32 bits of `crc`; the result's others are 0.
inline std::uint64_t crc32c(std::uint64_t crc, std::uint64_t word) noexcept {
  return crc32c_bytes(static_cast<std::uint32_t>(crc), word, 8);
}

inline std::uint32_t crc32c_half(std::uint64_t crc, std::uint32_t half) noexcept {
  return crc32c_bytes(static_cast<std::uint32_t>(crc), half, 4);
}

}  // namespace padlock::arch::by_table
