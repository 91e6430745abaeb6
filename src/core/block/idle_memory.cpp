// Poison and zeros, chunk by chunk.
#include "core/block/idle_memory.h"

#include "base/arith.h"
#include "core/block/pattern.h"

namespace padlock::core {
namespace {

std::byte* at_address(std::uintptr_t address) noexcept { return reinterpret_cast<std::byte*>(address); }

// The first word decides mostly.
bool all_zero(const std::byte* begin, const std::byte* end) noexcept {
  if (load_word(begin) != 0) return false;
  return end - begin <= kShortPoison ? pairs_equal(begin, end, 0) : arch::wide::all_equal(begin, end, 0);
}

bool holds_poison(std::uintptr_t chunk, const Poison& poison) noexcept {
  for (std::uintptr_t at = chunk; at < chunk + kZeroChunk; at += sizeof(std::uint64_t)) {
    if (load_word(at_address(at)) == poison.word(at)) return true;
  }
  return false;
}

}  // namespace

void fill_idle(std::byte* begin, std::byte* end, const Poison& poison) noexcept {
  if (static_cast<std::size_t>(end - begin) <= kLongBlock) return fill_poison(begin, end, poison);
  std::byte* at = at_address(chunk_end(address_of(begin) + kZeroChunk));
  std::byte* const last = at_address(align_down(address_of(end) - kZeroChunk, std::uintptr_t{kZeroChunk}));
  fill_poison(begin, at, poison);
  for (; at != last; at += kZeroChunk) {
    if (!all_zero(at, at + kZeroChunk)) fill_poison(at, at + kZeroChunk, poison);
  }
  fill_poison(last, end, poison);
}

bool idle_intact(const std::byte* begin, const std::byte* end, const Poison& poison) noexcept {
  const std::byte* at = at_address(chunk_end(address_of(begin)));
  const std::byte* const last = at_address(align_down(address_of(end), std::uintptr_t{kZeroChunk}));
  if (at >= last) return poison_intact(begin, end, poison);
  if (!poison_intact(begin, at, poison) || !poison_intact(last, end, poison)) return false;
  for (; at != last; at += kZeroChunk) {
    if (!poison_intact(at, at + kZeroChunk, poison) && !all_zero(at, at + kZeroChunk)) return false;
  }
  return true;
}

void poison_zeros(std::byte* begin, std::byte* end, const Poison& poison) noexcept {
  if (begin < end && all_zero(begin, end)) fill_poison(begin, end, poison);
}

bool IdleBytes::is_zero(std::uintptr_t chunk) noexcept {
  if (chunk != chunk_) {
    chunk_ = chunk;
    zero_ = chunk >= whole_.begin && chunk + kZeroChunk <= whole_.end && !holds_poison(chunk, poison_);
  }
  return zero_;
}

std::uint8_t IdleBytes::at(std::uintptr_t address) noexcept {
  return is_zero(align_down(address, std::uintptr_t{kZeroChunk})) ? std::uint8_t{0} : poison_.byte(address);
}

bool IdleBytes::is_poison(std::uintptr_t begin, std::uintptr_t end) noexcept {
  return !is_zero(align_down(begin, std::uintptr_t{kZeroChunk})) &&
         poison_intact(at_address(begin), at_address(end), poison_);
}

}  // namespace padlock::core
