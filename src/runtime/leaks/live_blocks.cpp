// A sorted array, and an index that leaves a few neighbours to be searched.
#include "runtime/leaks/live_blocks.h"

#include <algorithm>

namespace padlock::runtime {
namespace {

bool lies_before(const LiveBlock& a, const LiveBlock& b) noexcept { return a.begin < b.begin; }

// The last address that find() looks a block up by.
std::uintptr_t last_of(const LiveBlock& block) noexcept {
  return block.begin + (block.size == 0 ? 0 : block.size - 1);
}

// operator new[] of no objects whose type has a destructor: the count alone, and the pointer behind it.
bool is_empty_array(const LiveBlock& block) noexcept {
  return block.size == sizeof(std::size_t) && *reinterpret_cast<const std::size_t*>(block.begin) == 0;
}

}  // namespace

bool LiveBlocks::seal() noexcept {
  if (blocks_.size() >= kNone) return false;
  if (!std::is_sorted(blocks_.begin(), blocks_.end(), lies_before))
    std::sort(blocks_.begin(), blocks_.end(), lies_before);
  if (blocks_.empty()) return true;
  if (!number_slots()) return false;
  fill_tables();
  return true;
}

bool LiveBlocks::number_slots() noexcept {
  first_slot_ = blocks_[0].begin >> kSlotBits;
  std::uintptr_t last_slot = first_slot_;
  for (const LiveBlock& block : blocks_) last_slot = std::max(last_slot, last_of(block) >> kSlotBits);
  if (!slots_.resize(last_slot - first_slot_ + 1)) return false;
  std::uint32_t count = 0;
  for (const LiveBlock& block : blocks_) {
    const std::uintptr_t last = last_of(block) >> kSlotBits;
    for (std::uintptr_t slot = block.begin >> kSlotBits; slot <= last; ++slot) {
      std::uint32_t& number = slots_[slot - first_slot_];
      if (number == 0) number = ++count;
    }
  }
  return tables_.resize(std::size_t{count} * (kLines + 1));
}

void LiveBlocks::fill_tables() noexcept {
  std::uint32_t before = 0;  // blocks
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    if (slots_[slot] == 0) continue;
    std::uint32_t* const table = tables_.begin() + std::size_t{slots_[slot] - 1} * (kLines + 1);
    const std::uintptr_t base = (first_slot_ + slot) << kSlotBits;
    for (std::size_t line = 0; line <= kLines; ++line) {
      while (before < blocks_.size() && blocks_[before].begin < base + (line << kLineBits)) ++before;
      table[line] = before;
    }
  }
}

std::uint32_t LiveBlocks::last_at_or_before(std::uintptr_t address) const noexcept {
  const std::uintptr_t slot = (address >> kSlotBits) - first_slot_;
  if (slot >= slots_.size() || slots_[slot] == 0) return kNone;
  const std::uint32_t* const table = tables_.begin() + std::size_t{slots_[slot] - 1} * (kLines + 1);
  const std::size_t line = (address >> kLineBits) % kLines;
  const LiveBlock* const begin = blocks_.begin() + table[line];
  const LiveBlock* const end = blocks_.begin() + table[line + 1];
  const LiveBlock* const behind =
      std::upper_bound(begin, end, address,
                       [](std::uintptr_t wanted, const LiveBlock& block) { return wanted < block.begin; });
  return behind == blocks_.begin() ? kNone : static_cast<std::uint32_t>(behind - blocks_.begin() - 1);
}

std::uint32_t LiveBlocks::find(std::uintptr_t address) const noexcept {
  const std::uint32_t index = last_at_or_before(address);
  if (index == kNone) return kNone;
  const LiveBlock& block = blocks_[index];
  const std::uintptr_t offset = address - block.begin;
  if (offset < block.size || offset == 0) return index;
  return offset == block.size && is_empty_array(block) ? index : kNone;
}

}  // namespace padlock::runtime
