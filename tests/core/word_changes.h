// The ways in which a word of a table is overwritten: a counter that goes up or down, a pointer that is set
// to null or to somewhere, each bit.
#pragma once

#include <cstdint>

namespace padlock::core::test {

inline constexpr unsigned kWordChanges = 69;

constexpr std::uint64_t changed_word(std::uint64_t word, unsigned way) noexcept {
  switch (way) {
    case 64:
      return word + 1;
    case 65:
      return word - 1;
    case 66:
      return 0;
    case 67:
      return ~std::uint64_t{0};
    case 68:
      return 0x4141414141414141;
    default:
      return word ^ std::uint64_t{1} << way;
  }
}

}  // namespace padlock::core::test
