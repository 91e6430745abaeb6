// How a block that nobody owns is remembered beside the heap.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/config.h"

namespace padlock::core {

struct BlockHeader;

/// A block and the seal of the header that it was put aside with: a block that has been allocated meanwhile
/// (two threads freed it at once, so two slots hold it) has another.
struct BlockSlot {
  BlockHeader* block = nullptr;
  std::uint32_t granules = 0;
  std::uint32_t seal = 0;

  [[nodiscard]] std::size_t bytes() const noexcept { return std::size_t{granules} * kGranule; }
};
static_assert(sizeof(BlockSlot) == 16);

}  // namespace padlock::core
