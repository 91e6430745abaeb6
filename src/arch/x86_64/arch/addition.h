// The addition that often stands right before an access: of an index or a constant to a pointer, in a
// register that the access then goes through. Pure: bytes and registers in, numbers out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "arch/operand.h"

namespace padlock::arch {

/// What may have been added up: `sum` is what a register holds now, `parts` are what it was made of; 0: a
/// constant.
struct Addition {
  std::uintptr_t sum = 0;
  std::array<std::uintptr_t, 2> parts = {};

  friend bool operator==(const Addition&, const Addition&) = default;
};

struct Additions {
  std::array<Addition, 7> list = {};
  std::size_t count = 0;

  [[nodiscard]] const Addition* begin() const noexcept { return list.data(); }
  [[nodiscard]] const Addition* end() const noexcept { return list.data() + count; }
};

/// The bytes of code in front of an instruction that show it.
inline constexpr std::size_t kAdditionBytes = 8;

/// What the instruction that ends with `code` added up in a register of 64 bits, if it is an addition, a
/// subtraction or a lea. Where an instruction begins is not known, so the bytes may read as several, and may
/// be something else: what comes out has to be looked at. `registers` as they are behind it.
Additions additions_before(std::span<const std::uint8_t, kAdditionBytes> code,
                           const Registers& registers) noexcept;

}  // namespace padlock::arch
