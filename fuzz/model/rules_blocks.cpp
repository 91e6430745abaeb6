// The rules about single blocks.
#include <algorithm>

#include "core/block/idle_memory.h"
#include "core/block/layout.h"
#include "core/block/sealed_block.h"
#include "model/require.h"
#include "model/rules.h"

namespace padlock::fuzz {
namespace {

using core::BlockSnapshot;
using core::BlockState;
using core::kGranule;
using core::kHeaderSize;

std::uint8_t byte_at(std::uintptr_t address) noexcept {
  return *reinterpret_cast<const std::uint8_t*>(address);
}

bool broken(const View& view, const BlockSnapshot& block) {
  return view.ledger.any(block.header, block.header + kHeaderSize);
}

void verify_identity(const BlockSnapshot& found, const BlockSnapshot& expected) {
  require(found.requested == expected.requested && found.number == expected.number &&
              found.alignment == expected.alignment && found.origin == expected.origin &&
              found.alloc_trace == expected.alloc_trace && found.free_trace == expected.free_trace &&
              found.alloc_thread == expected.alloc_thread && found.free_thread == expected.free_thread,
          "a header keeps what is known of its block",
          {{"header", found.header},
           {"requested", found.requested},
           {"expected requested", expected.requested},
           {"number", found.number},
           {"expected number", expected.number},
           {"free trace", found.free_trace},
           {"expected free trace", expected.free_trace}});
}

// The bytes of a live block's padding, by its header, or by its end where the header does not say.
std::uint64_t lock_of(const View& view, const BlockSnapshot& block) {
  if (broken(view, block)) return core::load_word(reinterpret_cast<const std::byte*>(end_of(block) - 8));
  const auto* header = reinterpret_cast<const core::BlockHeader*>(block.header);
  return core::canary_behind(header, view.stage.heap().keys());
}

// Without functions of libc: the contents are hidden from those.
void verify_contents(const LiveBlock& live) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(live.identity.user);
  const std::uint8_t* expected = live.contents.data();
  const std::size_t size = live.contents.size();
  const auto differ = [&](std::size_t from, std::size_t to) {
    unsigned difference = 0;
    for (std::size_t i = from; i < to; ++i) difference |= static_cast<unsigned>(bytes[i] ^ expected[i]);
    return difference != 0;
  };
  constexpr std::size_t kStep = 256;
  for (std::size_t from = 0; from < size; from += kStep) {
    std::size_t offset = from;
    const std::size_t to = std::min(size, from + kStep);
    if (!differ(from, to)) continue;
    while (bytes[offset] == expected[offset]) ++offset;
    fail("a live block keeps its contents", {{"user", live.identity.user}, {"offset", offset}});
  }
}

void verify_live_block(const View& view, const LiveBlock& live, const BlockSnapshot& found) {
  const BlockSnapshot& block = live.identity;
  require(found.block_size == block.block_size && found.state == BlockState::kLive, "a live block stays live",
          {{"header", block.header}, {"size", found.block_size}, {"expected size", block.block_size}});
  if (!broken(view, block)) verify_identity(found, block);
  require(end_of(block) - block.user - block.requested >= core::kMinPadding, "a padding has eight bytes",
          {{"user", block.user}, {"requested", block.requested}});
  verify_contents(live);
  const std::uint64_t lock = lock_of(view, block);
  for (std::uintptr_t at = block.user + block.requested; at < end_of(block); ++at) {
    if (byte_at(at) == core::pattern_byte(lock, at) || view.ledger.changed(at)) continue;
    fail("a padding is locked", {{"user", block.user}, {"requested", block.requested}, {"at", at}});
  }
}

// A whole chunk of zeros, but for what was changed.
bool is_zero_chunk(const View& view, std::uintptr_t chunk) {
  for (std::uintptr_t at = chunk; at < chunk + core::kZeroChunk; ++at) {
    if (byte_at(at) != 0 && !view.ledger.changed(at)) return false;
  }
  return true;
}

// Poison from `begin` to `end`, both on word boundaries, but for what was changed and for chunks of zeros.
void verify_poison(const View& view, std::uintptr_t begin, std::uintptr_t end) {
  const core::Poison& poison = view.stage.heap().keys().poison;
  for (std::uintptr_t word = begin; word < end; word += sizeof(std::uint64_t)) {
    if (word % core::kZeroChunk == 0 && end - word >= core::kZeroChunk && is_zero_chunk(view, word)) {
      word += core::kZeroChunk - sizeof(std::uint64_t);
      continue;
    }
    if (*reinterpret_cast<const std::uint64_t*>(word) == poison.word(word)) continue;
    for (std::uintptr_t at = word; at < word + sizeof(std::uint64_t); ++at) {
      const std::uint8_t expected = poison.byte(at);
      if (byte_at(at) == expected || view.ledger.changed(at)) continue;
      fail("idle memory is poisoned", {{"at", at}, {"byte", byte_at(at)}, {"expected", expected}});
    }
  }
}

// Between and behind the headers of merged blocks.
void verify_idle_memory(const View& view, const BlockSnapshot& block, std::uintptr_t begin) {
  auto merged = view.book.idle.upper_bound(block.header);
  for (; merged != view.book.idle.end() && merged->first < end_of(block); ++merged) {
    verify_poison(view, begin, merged->first);
    begin = merged->first + kHeaderSize;
  }
  verify_poison(view, begin, end_of(block));
}

}  // namespace

std::size_t block_bytes_for(std::size_t size) noexcept {
  const std::size_t bytes = (kHeaderSize + size + core::kMinPadding + 15) / 16 * 16;
  return bytes < 48 ? 48 : bytes;
}

void verify_live_blocks(const View& view) {
  const auto& blocks = view.layout.blocks();
  std::size_t index = 0;
  for (const auto& [user, live] : view.book.live) {  // both are in address order
    while (index < blocks.size() && blocks[index].header < live.identity.header) ++index;
    require(index < blocks.size() && blocks[index].header == live.identity.header,
            "a live block starts where it was handed out", {{"user", user}});
    if (view.mirror.changed(index, blocks[index])) verify_live_block(view, live, blocks[index]);
  }
  std::size_t live_blocks = 0;
  for (const BlockSnapshot& block : view.layout.blocks()) live_blocks += block.state == BlockState::kLive;
  require(live_blocks == view.book.live.size(), "only what was handed out is live",
          {{"live", live_blocks}, {"handed out", view.book.live.size()}});
}

void verify_padding_left_behind(const BlockSnapshot& block, std::size_t begin, std::uint64_t lock) {
  if (begin + core::kMinPadding > block.requested) return;
  const std::uintptr_t from = block.user + begin;
  for (std::uintptr_t at = from; at < from + core::kMinPadding; ++at) {
    if (byte_at(at) != core::pattern_byte(lock, at)) return;
  }
  fail("a former padding is no data", {{"user", block.user}, {"begin", begin}, {"lock", lock}});
}

void verify_tail(const BlockSnapshot& tail, const BlockSnapshot& former, const core::Caller& by) {
  require(tail.alloc_trace == former.alloc_trace && tail.alloc_thread == former.alloc_thread &&
              tail.number == former.number && tail.origin == former.origin && tail.alignment == 0,
          "a tail was allocated with the block that it is the tail of",
          {{"tail", tail.header}, {"trace", tail.alloc_trace}, {"expected trace", former.alloc_trace}});
  require(tail.free_trace == (by.trace & 0xFFFFFFU) && tail.free_thread == by.thread,
          "a tail was freed by the call that shrank its block",
          {{"tail", tail.header}, {"trace", tail.free_trace}, {"expected trace", by.trace & 0xFFFFFFU}});
}

void verify_idle_blocks(const View& view) {
  const BlockSnapshot* previous = nullptr;
  for (std::size_t index = 0; index < view.layout.blocks().size(); ++index) {
    const BlockSnapshot& block = view.layout.blocks()[index];
    if (is_idle(block) && view.mirror.changed(index, block)) {
      const auto known = view.book.idle.find(block.header);
      require(known != view.book.idle.end(), "every idle block is known", {{"header", block.header}});
      if (!broken(view, block)) verify_identity(block, known->second.identity);
      const bool listed = block.state != BlockState::kQuarantined;
      verify_idle_memory(view, block, block.user + (listed ? kGranule : 0));
    }
    require(previous == nullptr || previous->state != BlockState::kFree || block.state != BlockState::kFree ||
                end_of(*previous) != block.header,
            "free blocks do not touch", {{"header", block.header}});
    previous = &block;
  }
}

void verify_damage_kept(const View& view) {
  auto found = view.layout.blocks().begin();  // in address order, as changes are
  for (const auto& [address, change] : view.ledger.changes()) {
    require(byte_at(address) == change.now, "damage is reported before it is written over",
            {{"at", address}, {"was", change.now}, {"is", byte_at(address)}});
    while (found != view.layout.blocks().end() && end_of(*found) <= address) ++found;
    const BlockSnapshot* block = found == view.layout.blocks().end() ? nullptr : &*found;
    require(block != nullptr && block->header <= address && block->state != BlockState::kCondemned,
            "damage is reported once");
    require(block->state != BlockState::kLive || address < block->user ||
                address >= block->user + block->requested,
            "damaged memory is not handed out", {{"at", address}, {"user", block->user}});
  }
}

}  // namespace padlock::fuzz
