// Looking for a block in arenas and among the large blocks.
#include "runtime/holders/find_block.h"

#include "runtime/large/large_blocks.h"
#include "runtime/memory/arena_set.h"
#include "runtime/memory/segment_table.h"

namespace padlock::runtime {

core::BlockSnapshot find_block(std::uintptr_t address) noexcept {
  if (Arena* arena = arena_set.of_address(address); arena != nullptr) return arena->find_block(address);
  if (segment_table.owner_of(address) == kBootstrap) return {};
  return large_blocks.find_block(address);
}

core::BlockSnapshot try_find_block(std::uintptr_t address) noexcept {
  core::BlockSnapshot block;
  if (Arena* arena = arena_set.of_address(address); arena != nullptr) {
    arena->try_find_block(address, block);
  } else if (segment_table.owner_of(address) != kBootstrap) {
    large_blocks.try_find_block(address, block);
  }
  return block;
}

}  // namespace padlock::runtime
