// Bounds-checked access to a damage window: whatever the numbers in it say, nothing outside its arrays is
// read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/fault.h"

namespace padlock::report {

/// Borrows the damage; does not outlive it.
class DamageView {
 public:
  explicit DamageView(const core::Damage& damage) noexcept;

  [[nodiscard]] std::size_t window_size() const noexcept { return size_; }
  /// Byte `index` of the window lies in the damaged range and is not known to have kept its value.
  [[nodiscard]] bool is_damaged(std::size_t index) const noexcept;

  /// The bytes from the first to the last damaged one, as far as the window shows them.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const noexcept;
  /// The same, and where the damage may reach further than is proven, the bytes next to it that it may have
  /// overwritten as well: behind it, or in a block's header before it.
  [[nodiscard]] std::span<const std::uint8_t> bytes_and_beyond() const noexcept;
  /// bytes() is the whole of the damage, and all of it was written.
  [[nodiscard]] bool complete() const noexcept;

  /// The little-endian integer of `size` (1 to 8) bytes at `address`; absent if the window does not hold it
  /// (or, for the expected one, if one of its bytes is unknown).
  [[nodiscard]] std::optional<std::uint64_t> found_word(std::uintptr_t address,
                                                        std::size_t size) const noexcept;
  [[nodiscard]] std::optional<std::uint64_t> expected_word(std::uintptr_t address,
                                                           std::size_t size) const noexcept;

 private:
  [[nodiscard]] bool is_intact(std::size_t index) const noexcept;
  [[nodiscard]] bool holds(std::uintptr_t address, std::size_t size) const noexcept;

  const core::Damage& damage_;
  std::size_t size_;
};

/// A single bit was changed: no store of a program that writes elsewhere by mistake is likely to leave it at
/// that.
[[nodiscard]] bool is_one_bit(const core::Damage& damage) noexcept;

}  // namespace padlock::report
