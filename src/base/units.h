// Bytes in units: 256_KiB.
#pragma once

#include <cstddef>

namespace padlock {

constexpr std::size_t operator""_KiB(unsigned long long count) noexcept { return count << 10; }
constexpr std::size_t operator""_MiB(unsigned long long count) noexcept { return count << 20; }
constexpr std::size_t operator""_GiB(unsigned long long count) noexcept { return count << 30; }

}  // namespace padlock
