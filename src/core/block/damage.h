// Measures damage: the first and the last byte that differ from what they should be, and a window of bytes
// around them for the report. Runs only when something was found broken, so it goes byte by byte, but for
// long runs that are quickly seen to be whole.
#pragma once

#include <algorithm>
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
  window.start = std::max(align_down(from, std::uintptr_t{16}), readable.begin);
  window.size = static_cast<std::uint16_t>(
      std::min<std::uintptr_t>(readable.end - window.start, DamageWindow::kCapacity));
  for (std::uint16_t i = 0; i < window.size; ++i) {
    const ExpectedByte byte = expected(window.start + i);
    window.found[i] = byte_at(window.start + i);
    window.known[i] = byte.known;
    window.expected[i] = byte.value;
  }
}

/// Goes through bytes in the order of their addresses: how many have changed, and whether that was one write.
/// A byte that is written is what was there before once in 256; several in a row that are untouched between
/// changed ones are a gap. Zeros are what programs write most: where they are part of it, the gap is none for
/// certain, nor is it one write.
class Gaps {
 public:
  void add_changed() noexcept {
    certain_ = certain_ || (changed_ != 0 && not_zero_ >= kGap);
    possible_ = possible_ || (changed_ != 0 && untouched_ >= kGap);
    add_unknown();
    ++changed_;
  }
  void add_untouched(std::uint8_t value) noexcept {
    ++untouched_;
    if (value != 0) ++not_zero_;
  }
  void add_unknown() noexcept { untouched_ = not_zero_ = 0; }
  /// More untouched bytes would change nothing.
  [[nodiscard]] bool is_settled() const noexcept { return changed_ == 0 || not_zero_ >= kGap; }

  void describe(Damage& damage) const noexcept {
    damage.apart = certain_;
    damage.changed = possible_ ? changed_ : 0;
  }

 private:
  static constexpr std::uint64_t kGap = 4;  // bytes: by chance once in 2^32

  bool certain_ = false;
  bool possible_ = false;
  std::uint64_t changed_ = 0;
  std::uint64_t untouched_ = 0;  // since the last byte that has changed or is not known
  std::uint64_t not_zero_ = 0;   // of these
};

/// Compares `checked` with `expected(address) -> ExpectedByte`; absent damage (length 0) if all bytes match.
/// If there is `expected.intact_until(address, end)`, it says up to where all bytes match for certain.
/// `user`: what offsets count from. `readable`: the memory that the window may show.
template <typename Expected>
Damage measure_damage(AddressRange checked, std::uintptr_t user, AddressRange readable,
                      Expected expected) noexcept {
  Damage damage;
  Gaps gaps;
  for (std::uintptr_t address = checked.begin; address < checked.end; ++address) {
    if constexpr (requires { expected.intact_until(address, checked.end); }) {
      if (gaps.is_settled()) address = expected.intact_until(address, checked.end);
      if (address == checked.end) break;
    }
    const ExpectedByte byte = expected(address);
    if (!byte.known) {
      gaps.add_unknown();
    } else if (byte_at(address) == byte.value) {
      gaps.add_untouched(byte.value);
    } else {
      gaps.add_changed();
      if (damage.length == 0) damage.address = address;
      damage.length = address - damage.address + 1;
    }
  }
  if (!damage.present()) return damage;
  gaps.describe(damage);
  damage.offset = static_cast<std::int64_t>(damage.address - user);
  fill_window(damage, readable, expected);
  return damage;
}

/// True for all bytes of a range: a run of one value that met canaries of the same seems to have spared them.
inline bool all_are(std::uint8_t value, AddressRange range) noexcept {
  while (range.begin < range.end && byte_at(range.begin) == value) ++range.begin;
  return range.begin == range.end;
}

/// One value throughout: what looks untouched in it need not be.
inline bool is_fill(AddressRange range) noexcept {
  return range.begin == range.end || all_are(byte_at(range.begin), range);
}

/// The damage goes up to `end`.
inline bool runs_to(const Damage& damage, std::uintptr_t end) noexcept {
  if (!damage.present()) return false;
  const std::uintptr_t last = damage.address + damage.length - 1;
  return all_are(byte_at(last), {last, end});
}

/// The damage begins at `begin`.
inline bool runs_from(const Damage& damage, std::uintptr_t begin) noexcept {
  return all_are(byte_at(damage.address), {begin, damage.address});
}

}  // namespace padlock::core
