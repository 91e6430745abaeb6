// Measures damage: the first and the last byte that differ from what they should be, and a window of bytes
// around them for the report. Runs only when something was found broken, so it goes byte by byte.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/arith.h"
#include "core/fault.h"

namespace padlock::core {

/// A byte that Padlock had set has a known value; any other has none.
struct ExpectedByte {
  bool known = false;
  std::uint8_t value = 0;
};

struct ByteRange {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

inline std::uint8_t byte_at(std::uintptr_t address) noexcept {
  return *reinterpret_cast<const volatile std::uint8_t*>(address);
}

/// Copies bytes around damage.address into the window, within `readable`.
template <typename Expected>
void fill_window(Damage& damage, ByteRange readable, Expected expected) noexcept {
  constexpr std::uintptr_t kBefore = 32;
  const std::uintptr_t from =
      damage.address - readable.begin > kBefore ? damage.address - kBefore : readable.begin;
  DamageWindow& window = damage.window;
  window.start = align_down(from, std::uintptr_t{16}) < readable.begin ? readable.begin
                                                                       : align_down(from, std::uintptr_t{16});
  const std::uintptr_t left = readable.end - window.start;
  window.size = static_cast<std::uint16_t>(left < DamageWindow::kCapacity ? left : DamageWindow::kCapacity);
  for (std::uint16_t i = 0; i < window.size; ++i) {
    const ExpectedByte byte = expected(window.start + i);
    window.found[i] = byte_at(window.start + i);
    window.known[i] = byte.known;
    window.expected[i] = byte.value;
  }
}

/// Compares `checked` with `expected(address) -> ExpectedByte`; absent damage (length 0) if all bytes match.
/// `user`: what offsets count from. `readable`: the memory that the window may show.
template <typename Expected>
Damage measure_damage(ByteRange checked, std::uintptr_t user, ByteRange readable,
                      Expected expected) noexcept {
  Damage damage;
  for (std::uintptr_t address = checked.begin; address < checked.end; ++address) {
    const ExpectedByte byte = expected(address);
    if (!byte.known || byte_at(address) == byte.value) continue;
    if (damage.length == 0) damage.address = address;
    damage.length = address - damage.address + 1;
  }
  if (!damage.present()) return damage;
  damage.offset = static_cast<std::int64_t>(damage.address - user);
  fill_window(damage, readable, expected);
  return damage;
}

}  // namespace padlock::core
