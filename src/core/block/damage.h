// Measures damage: the first and the last byte that differ from what they should be, and a window of bytes
// around them for the report. Runs only when something was found broken, so it goes byte by byte.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/arith.h"
#include "base/range.h"
#include "core/fault.h"

namespace padlock::core {

/// A byte that Padlock had set has a known value; any other has none.
struct ExpectedByte {
  bool known = false;
  std::uint8_t value = 0;
};

inline std::uint8_t byte_at(std::uintptr_t address) noexcept {
  return *reinterpret_cast<const volatile std::uint8_t*>(address);
}

/// Copies bytes around damage.address into the window, within `readable`.
template <typename Expected>
void fill_window(Damage& damage, AddressRange readable, Expected expected) noexcept {
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
Damage measure_damage(AddressRange checked, std::uintptr_t user, AddressRange readable,
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

/// True for all bytes of a range: a run of one value that met canaries of the same seems to have spared them.
inline bool all_are(std::uint8_t value, AddressRange range) noexcept {
  while (range.begin < range.end && byte_at(range.begin) == value) ++range.begin;
  return range.begin == range.end;
}

/// The damage goes up to `end`.
inline bool runs_to(const Damage& damage, std::uintptr_t end) noexcept {
  if (!damage.present()) return false;
  const std::uintptr_t last = damage.address + damage.length - 1;
  return all_are(byte_at(last), {last + 1, end});
}

/// The damage begins at `begin`.
inline bool runs_from(const Damage& damage, std::uintptr_t begin) noexcept {
  return all_are(byte_at(damage.address), {begin, damage.address});
}

}  // namespace padlock::core
