// The damage window, read within its bounds.
#include "report/diagnose/damage_view.h"

#include <algorithm>
#include <bit>

#include "core/block/layout.h"

namespace padlock::report {
namespace {

std::uint64_t little_endian(const std::uint8_t* bytes, std::size_t size) {
  std::uint64_t word = 0;
  for (std::size_t i = size; i > 0; --i) word = word << 8 | bytes[i - 1];
  return word;
}

}  // namespace

DamageView::DamageView(const core::Damage& damage) noexcept
    : damage_(damage), size_(std::min<std::size_t>(damage.window.size, core::DamageWindow::kCapacity)) {}

bool DamageView::holds(std::uintptr_t address, std::size_t size) const noexcept {
  return size != 0 && size <= size_ && address - damage_.window.start <= size_ - size;
}

bool DamageView::is_damaged(std::size_t index) const noexcept {
  if (index >= size_) return false;
  const core::DamageWindow& window = damage_.window;
  if (window.start + index - damage_.address >= damage_.length) return false;
  return !window.known[index] || window.found[index] != window.expected[index];
}

std::span<const std::uint8_t> DamageView::bytes() const noexcept {
  const std::size_t first = std::min(damage_.address - damage_.window.start, size_);
  return {damage_.window.found + first, std::min<std::size_t>(damage_.length, size_ - first)};
}

bool DamageView::is_intact(std::size_t index) const noexcept {
  return damage_.window.known[index] && damage_.window.found[index] == damage_.window.expected[index];
}

// Of damage that ends right before a block its end is known, and its beginning is not.
std::span<const std::uint8_t> DamageView::bytes_and_beyond() const noexcept {
  const std::span<const std::uint8_t> proven = bytes();
  if (!damage_.at_least || proven.size() != damage_.length) return proven;
  const auto first = static_cast<std::size_t>(damage_.address - damage_.window.start);
  std::size_t begin = first;
  std::size_t end = first + proven.size();
  const std::uintptr_t user = damage_.address - static_cast<std::uint64_t>(damage_.offset);
  if (damage_.address + damage_.length == user) {
    while (begin > 0 && user - (damage_.window.start + begin) < core::kHeaderSize && !is_intact(begin - 1))
      --begin;
  } else if (damage_.offset >= 0) {
    while (end < size_ && !is_intact(end)) ++end;
  }
  return {damage_.window.found + begin, end - begin};
}

bool DamageView::complete() const noexcept {
  return !damage_.at_least && damage_.changed == 0 && bytes().size() == damage_.length;
}

std::optional<std::uint64_t> DamageView::found_word(std::uintptr_t address, std::size_t size) const noexcept {
  if (size > 8 || !holds(address, size)) return std::nullopt;
  return little_endian(damage_.window.found + (address - damage_.window.start), size);
}

std::optional<std::uint64_t> DamageView::expected_word(std::uintptr_t address,
                                                       std::size_t size) const noexcept {
  if (size > 8 || !holds(address, size)) return std::nullopt;
  const std::size_t first = address - damage_.window.start;
  const bool* const known = damage_.window.known + first;
  if (!std::all_of(known, known + size, [](bool is_known) { return is_known; })) return std::nullopt;
  return little_endian(damage_.window.expected + first, size);
}

bool is_one_bit(const core::Damage& damage) noexcept {
  if (damage.length != 1 || damage.somewhere || damage.at_least) return false;
  const DamageView view(damage);
  const auto found = view.found_word(damage.address, 1);
  const auto expected = view.expected_word(damage.address, 1);
  return found && expected && std::has_single_bit(*found ^ *expected);
}

}  // namespace padlock::report
