// A range of addresses.
#pragma once

#include <cstddef>
#include <cstdint>

namespace padlock {

struct AddressRange {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;  // one past the last byte

  [[nodiscard]] constexpr bool contains(std::uintptr_t address) const noexcept {
    return address - begin < end - begin;
  }
  [[nodiscard]] constexpr std::size_t size() const noexcept { return end - begin; }
};

}  // namespace padlock
