// Where an allocation must come from, as far as the design promises it, and what is given up.
#include <algorithm>

#include "core/block/idle_memory.h"
#include "core/block/layout.h"
#include "core/index/free_index.h"
#include "model/require.h"
#include "model/rules.h"

namespace padlock::fuzz {
namespace {

using core::BlockSnapshot;
using core::BlockState;

// The index keeps a list for each size below this, and looks at so many candidates in one list.
constexpr std::uint64_t kExactSizes = 64 * 16;
constexpr std::size_t kCandidates = 24;

// What has to be free in a row from `begin` on for a block of `bytes` whose user pointer is aligned. Before
// it is nothing, or a block.
std::uint64_t enough_at(std::uintptr_t begin, std::uint64_t bytes, std::size_t alignment) {
  std::uintptr_t user = begin + core::kHeaderSize;
  if (alignment > core::kGranule && user % alignment != 0) {
    user = align_up(user, std::uintptr_t{alignment});
    while (user - begin < 48 + core::kHeaderSize) user += alignment;
  }
  return user - core::kHeaderSize - begin + bytes;
}

// The most that can be.
std::uint64_t enough_anywhere(std::uint64_t bytes, std::size_t alignment) {
  return alignment <= core::kGranule ? bytes : bytes + alignment + 48;
}

struct Choice {
  bool exact_ready = false;
  std::uint64_t smallest_fit = UINT64_MAX;  // among free blocks
  std::size_t free_blocks = 0;
};

Choice choice_of(const Layout& layout, std::uint64_t bytes, std::size_t alignment) {
  Choice choice;
  for (const BlockSnapshot& block : layout.blocks()) {
    if (block.state == BlockState::kReady && block.block_size == bytes) choice.exact_ready = true;
    if (block.state != BlockState::kFree) continue;
    ++choice.free_blocks;
    if (block.block_size < choice.smallest_fit && block.block_size >= bytes &&
        block.block_size >= enough_at(block.header, bytes, alignment))
      choice.smallest_fit = block.block_size;
  }
  return choice;
}

}  // namespace

void verify_placement(const Layout& previous, const BlockSnapshot& block, std::size_t alignment) {
  const std::uint64_t least = block_bytes_for(block.requested);
  require(block.block_size >= least && block.block_size < least + 48, "a block is as small as it can be",
          {{"requested", block.requested}, {"size", block.block_size}});
  const Choice choice = choice_of(previous, least, alignment);
  const BlockSnapshot* source = previous.holding(block.header);
  if (choice.exact_ready && alignment <= core::kGranule && least < kExactSizes) {
    require(source != nullptr && source->state == BlockState::kReady && source->header == block.header &&
                source->block_size == least,
            "a ready block of that size is taken first", {{"header", block.header}});
    return;
  }
  if (choice.smallest_fit == UINT64_MAX || choice.free_blocks > kCandidates) return;
  require(source != nullptr, "free memory is taken before untouched memory",
          {{"header", block.header}, {"smallest fit", choice.smallest_fit}});
  if (source->state == BlockState::kReady && source->block_size == least) return;
  require(source->state == BlockState::kFree && source->block_size == choice.smallest_fit,
          "the best fit is taken", {{"taken", source->block_size}, {"smallest fit", choice.smallest_fit}});
}

void verify_refusal(const View& view, std::size_t size, std::size_t alignment) {
  if (size > core::kMaxRequest || alignment > core::kMaxAlignment) return;
  const std::uint64_t bytes = block_bytes_for(size);
  const std::uint64_t wanted = enough_anywhere(bytes, alignment);
  std::size_t free_blocks = 0;
  bool fits = false;
  for (const BlockSnapshot& block : view.layout.blocks()) {
    require(block.state != BlockState::kReady, "an allocation fails only after everything was merged",
            {{"header", block.header}});
    if (block.state != BlockState::kFree) continue;
    ++free_blocks;
    fits |= block.block_size >= bytes && block.block_size >= enough_at(block.header, bytes, alignment);
  }
  require(!fits || free_blocks > kCandidates, "an allocation fails only if nothing fits", {{"size", size}});
  for (const std::span<std::byte> region : view.stage.regions()) {
    const std::uintptr_t begin = address_of(region.data());
    std::uint64_t left = region.size();
    for (const BlockSnapshot& block : view.layout.blocks()) {
      if (block.header - begin < region.size()) left -= block.block_size;
    }
    require(left < wanted, "an allocation fails only if no region has room",
            {{"left", left}, {"size", size}});
  }
}

void verify_given_up(const View& view, const Layout& previous, const Ledger& damage,
                     const std::vector<std::span<std::byte>>& given) {
  std::size_t gone = 0;
  for (const std::span<std::byte> region : view.stage.regions()) {
    const BlockSnapshot* top = nullptr;
    for (const BlockSnapshot& block : previous.blocks()) {
      if (block.header - address_of(region.data()) < region.size()) top = &block;
    }
    if (top == nullptr) continue;
    const BlockSnapshot* now = view.layout.at(top->header);
    const bool told = std::any_of(given.begin(), given.end(), [&](std::span<std::byte> memory) {
      return address_of(memory.data()) == top->header && memory.size() == top->block_size;
    });
    require(told == (now == nullptr), "the memory's owner is notified of memory once it is given up",
            {{"top", top->header}});
    gone += told ? 1U : 0U;
    if (told) {
      require(top->state == BlockState::kFree, "only what is free is given up", {{"top", top->header}});
      require(!damage.any(top->header, end_of(*top)), "damaged memory is not given up",
              {{"top", top->header}});
    } else {
      require(top->state != BlockState::kFree || now->state == BlockState::kCondemned,
              "what is free at the top of a region is given up", {{"top", top->header}});
    }
  }
  require(gone == given.size(), "nothing else is given up", {{"gone", gone}, {"told", given.size()}});
}

void verify_insides_given_up(const Layout& previous, const Ledger& damage,
                             const std::vector<std::span<std::byte>>& given) {
  for (const std::span<std::byte> memory : given) {
    const std::uintptr_t begin = address_of(memory.data());
    const std::uintptr_t end = begin + memory.size();
    const BlockSnapshot* block = previous.holding(begin);
    require(!memory.empty() && begin % core::kZeroChunk == 0 && end % core::kZeroChunk == 0,
            "whole chunks are given up", {{"begin", begin}, {"end", end}});
    require(block != nullptr && block->state == BlockState::kFree && end <= end_of(*block) &&
                begin >= block->user + sizeof(core::IdleLinks),
            "only what a free block holds is given up", {{"begin", begin}, {"end", end}});
    require(!damage.any(begin, end), "damaged memory is not given up", {{"begin", begin}, {"end", end}});
  }
  for (const BlockSnapshot& block : previous.blocks()) {
    if (block.state != BlockState::kFree || damage.any(block.header, end_of(block))) continue;
    const std::uintptr_t first = core::chunk_end(block.user + sizeof(core::IdleLinks));
    const std::uintptr_t last = align_down(end_of(block), std::uintptr_t{core::kZeroChunk});
    for (std::uintptr_t at = first; at < last; at += sizeof(std::uint64_t)) {
      require(*reinterpret_cast<const std::uint64_t*>(at) == 0, "all that a free block holds is given up",
              {{"at", at}});
    }
  }
}

void verify_unchanged_below(const Layout& layout, const Layout& previous,
                            const std::vector<std::span<std::byte>>& given) {
  require(layout.blocks().size() + given.size() == previous.blocks().size(), "nothing is merged or cut",
          {{"blocks", layout.blocks().size()}, {"before", previous.blocks().size()}});
  for (const BlockSnapshot& block : layout.blocks()) {
    const BlockSnapshot* before = previous.at(block.header);
    require(before != nullptr && before->state == block.state && before->block_size == block.block_size,
            "what is not given up stays as it is", {{"header", block.header}});
  }
}

}  // namespace padlock::fuzz
