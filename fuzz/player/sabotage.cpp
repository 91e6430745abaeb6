// The ways to break bitmaps, links and headers.
#include "player/sabotage.h"

#include <algorithm>

#include "core/block/header.h"
#include "core/index/region.h"
#include "model/layout.h"

namespace padlock::fuzz {
namespace {

using core::BlockHeader;
using core::BlockSlot;
using core::BlockSnapshot;
using core::BlockState;

void flip(Bitmap& bitmap, std::uint32_t bit) {
  if (bitmap.test(bit)) {
    bitmap.clear(bit);
  } else {
    bitmap.set(bit);
  }
}

bool is_listed(BlockState state) { return state == BlockState::kReady || state == BlockState::kFree; }

// A bit of an allocated granule: one in three is a block's first.
bool flip_bit(const Stage& stage, const BlockSnapshot& block, const Op& op) {
  core::Region& region = stage.metadata_of(block.header);
  const std::uint32_t start = region.granule_of(block.header);
  // A header there would lie within the region: where the bitmaps say that there is one, it is read.
  const std::uint32_t last = region.top - core::kHeaderGranules;
  const std::uint32_t bit = op.d % 3 == 0 ? start : std::min(start + op.b % 16U, last);
  Bitmap* const bitmaps[] = {&region.starts, &region.idle, &region.condemned, &region.ghosts};
  flip(*bitmaps[op.c % 4], bit);
  return true;
}

// Of two lists that look alike, the one of free blocks holds no neighbours.
bool beside_a_free_one(const Layout& layout, const BlockSnapshot& block) {
  return std::ranges::any_of(layout.blocks(), [&](const BlockSnapshot& other) {
    return other.state == BlockState::kFree &&
           (end_of(other) == block.header || end_of(block) == other.header);
  });
}

// The header says another state, length or size, and verifies.
bool forge_header(const Stage& stage, const Layout& layout, const BlockSnapshot& block, const Op& op) {
  auto* const header = reinterpret_cast<BlockHeader*>(block.header);
  core::BlockFields fields;
  const core::Keys& keys = stage.heap().keys();
  if (core::read_header(header, keys, fields) != core::HeaderVerdict::kIntact) return false;
  const core::BlockFields before = fields;
  switch (op.d % 3) {
    case 0:
      fields.state = static_cast<BlockState>(op.b % 8);
      if (is_listed(fields.state) && is_listed(before.state) &&
          !(fields.state == BlockState::kFree && beside_a_free_one(layout, block))) {
        return false;
      }
      break;
    case 1:
      fields.granules += op.b % 2 == 0 ? 1 : static_cast<std::uint32_t>(-1);
      break;
    default:
      // A smaller size, or one that the padding still covers, is nothing that anybody could find.
      if (fields.state != BlockState::kLive) return false;
      fields.requested = core::capacity_of(fields.granules) - core::kMinPadding + 1 + op.b;
  }
  core::write_header(header, fields, keys);
  return fields.state != before.state || fields.granules != before.granules ||
         fields.requested != before.requested;
}

// Words that hold nothing are said to hold something, as a reader can meet them while a bit is being
// cleared. That is a hint: nobody may notice.
void make_summaries_stale(const core::Region& region) {
  auto* bitmap =
      reinterpret_cast<std::uint64_t*>(address_of(&region) + align_up(sizeof(core::Region), core::kGranule));
  const std::size_t words = (region.granules() + 63) / 64;
  for (std::size_t i = 0; i < core::Region::kBitmaps; ++i) {
    for (std::size_t word = 0; word < words; ++word) {
      bitmap[words + word / 64] |= std::uint64_t{1} << (word % 64);
    }
    bitmap += Bitmap::words_for(region.granules());
  }
}

// A slot of the quarantine names something else.
bool forge_slot(const Stage& stage, const Op& op) {
  std::vector<BlockSlot*> used;
  const Layout layout = Layout::of(stage.heap());
  for (BlockSlot& slot : stage.slots()) {
    const BlockSnapshot* block = layout.at(address_of(slot.block));
    if (block != nullptr && block->state == BlockState::kQuarantined) used.push_back(&slot);
  }
  // Else some are left from before.
  if (used.empty() || used.size() != stage.heap().stats().quarantined_blocks) return false;
  BlockSlot& slot = *used[op.b % used.size()];
  switch (op.d % 4) {
    case 0:
      slot.block = nullptr;
      break;
    case 1:
      slot.block = reinterpret_cast<BlockHeader*>(address_of(slot.block) + 1 + op.c % 15U);
      break;
    case 2:
      slot.block += 1;
      break;
    default:
      slot.granules += 1;
  }
  return true;
}

}  // namespace

bool sabotage(Stage& stage, const Op& op) {
  const Layout layout = Layout::of(stage.heap());
  if (layout.blocks().empty()) return false;
  const BlockSnapshot& block = layout.blocks()[op.a % layout.blocks().size()];
  switch (op.c / 4 % 4) {
    case 0:
      return forge_slot(stage, op);
    case 1:
      return forge_header(stage, layout, block, op);
    case 2:
      make_summaries_stale(stage.metadata_of(block.header));
      return false;
    default:
      return flip_bit(stage, block, op);
  }
}

}  // namespace padlock::fuzz
