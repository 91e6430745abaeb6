// How a block without an owner is remembered beside the heap.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/arith.h"
#include "core/block/layout.h"
#include "core/config.h"

namespace padlock::core {

struct BlockHeader;

/// A block and the seal of the header that it was put aside with: a block that has been allocated in the
/// meantime (two threads freed it at once, so two slots hold it) has another. Passed by value, in two
/// registers: a reference makes the compiler write it in parts and read it as one, for which the processor
/// waits.
struct BlockSlot {
  BlockHeader* block = nullptr;
  std::uint32_t granules = 0;
  std::uint32_t seal = 0;

  [[nodiscard]] std::size_t bytes() const noexcept { return std::size_t{granules} * kGranule; }
};
static_assert(sizeof(BlockSlot) == 16);

/// Whether the user pointer of the block is aligned to `alignment`, a power of two.
inline bool is_user_aligned(BlockSlot slot, std::size_t alignment) noexcept {
  return (address_of(slot.block) + kHeaderSize) % alignment == 0;
}

}  // namespace padlock::core
