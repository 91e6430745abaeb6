// Pages for the call, filled before it and copied back after it.
#include "runtime/interposed/scan_room.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "arch/pointer_list.h"
#include "base/arith.h"
#include "core/examine/access.h"
#include "core/examine/scanf_arguments.h"
#include "os/errno_keeper.h"
#include "runtime/threads/lent_pages.h"

namespace padlock::runtime {
namespace {

using core::kUnbounded;
using core::ScanfArgument;
using core::WideScanfArguments;

constexpr std::size_t kNuls = 2;  // what glibc writes
// Into more than this a word from a stream that has no width is written directly: copying costs its length.
constexpr std::size_t kMostUnbounded = std::size_t{64} << 10;
// Of such a word as much is written to the pages. A longer one would have left the heap's block far behind.
constexpr std::size_t kFarBeyond = std::size_t{1} << 20;
constexpr std::size_t kAlignment = 64;

std::size_t length_of(const wchar_t* text) noexcept {
  std::size_t length = 0;
  while (text[length] != 0) ++length;
  return length;
}

std::byte* place_of(const ScanfArgument& argument) noexcept {
  return static_cast<std::byte*>(const_cast<void*>(argument.pointer));
}

// What is the program's from the argument on; unbounded outside the heap's blocks.
std::size_t room_at(const ScanfArgument& argument) noexcept {
  return may_be_in_heap(argument.pointer) ? program_bytes_at(argument.pointer) : kUnbounded;
}

// The bytes of the text that the argument is given, with both NULs, at most.
std::size_t most_written(const ScanfArgument& argument, const wchar_t* input) noexcept {
  std::size_t most = argument.size;
  if (input != nullptr) most = std::min(most, core::narrow_bytes(length_of(input)));
  return most == kUnbounded ? most : most + kNuls;
}

}  // namespace

bool ScanRoom::Block::holds(const void* pointer) const noexcept {
  const auto* const at = static_cast<const std::byte*>(pointer);
  return at >= begin && at < end;
}

ScanRoom::ScanRoom(const wchar_t* format, va_list list, const wchar_t* input) noexcept {
  if (!find_blocks(format, list, input)) return;
  reach_down(format, list);
  if (!take_arguments(format, list)) return;
  const os::ErrnoKeeper keeper;
  for (std::size_t i = 0; i < block_count_; ++i)
    size_ += 2 * blocks_[i].size() + blocks_[i].beyond + 2 * kAlignment;
  pages_ = lend_pages(size_);
  if (pages_ != nullptr) copy_blocks();
}

// The blocks that narrow text may overrun by a NUL. False where there is none.
bool ScanRoom::find_blocks(const wchar_t* format, va_list list, const wchar_t* input) noexcept {
  WideScanfArguments arguments(format, list);
  while (const auto argument = arguments.next()) {
    if (argument->use != ScanfArgument::Use::kText) continue;
    const std::size_t room = room_at(*argument);
    if (room == 0 || room == kUnbounded) continue;
    const std::size_t most = most_written(*argument, input);
    if (most <= room || (most == kUnbounded && room > kMostUnbounded)) continue;
    std::byte* const begin = place_of(*argument);
    if (!add_block(begin, begin + room, most == kUnbounded ? kFarBeyond : most - room)) return false;
  }
  return block_count_ != 0;
}

bool ScanRoom::add_block(std::byte* begin, std::byte* end, std::size_t beyond) noexcept {
  for (std::size_t i = 0; i < block_count_; ++i) {
    Block& block = blocks_[i];
    if (block.end != end) continue;
    block.beyond = std::max(block.beyond, beyond);
    return true;
  }
  if (block_count_ == kMostBlocks) return false;
  blocks_[block_count_].begin = begin;
  blocks_[block_count_].end = end;
  blocks_[block_count_++].beyond = beyond;
  return true;
}

// Other arguments in these blocks go the same way, as one may write over what the one before it has written.
void ScanRoom::reach_down(const wchar_t* format, va_list list) noexcept {
  WideScanfArguments arguments(format, list);
  while (const auto argument = arguments.next()) {
    std::byte* const begin = place_of(*argument);
    const std::size_t room = room_at(*argument);
    for (std::size_t i = 0; i < block_count_ && room != kUnbounded; ++i) {
      if (begin + room == blocks_[i].end) blocks_[i].begin = std::min(blocks_[i].begin, begin);
    }
  }
}

// False where they are not all known.
bool ScanRoom::take_arguments(const wchar_t* format, va_list list) noexcept {
  WideScanfArguments arguments(format, list);
  while (const auto argument = arguments.next()) {
    if (argument_count_ == kMostArguments) return false;
    arguments_[argument_count_++] = place_of(*argument);
  }
  return arguments.is_whole();
}

void ScanRoom::copy_blocks() noexcept {
  auto* next = static_cast<std::byte*>(pages_);
  for (std::size_t i = 0; i < block_count_; ++i) {
    Block& block = blocks_[i];
    block.before = next;
    // Aligned as the block is.
    block.written = next + align_up(block.size(), kAlignment) + address_of(block.begin) % kAlignment;
    std::memcpy(block.before, block.begin, block.size());
    std::memcpy(block.written, block.begin, block.size());
    next = block.written + block.size() + block.beyond;
    next += align_up(address_of(next), kAlignment) - address_of(next);
  }
}

const ScanRoom::Block* ScanRoom::block_of(const void* pointer) const noexcept {
  if (!is_needed()) return nullptr;
  for (std::size_t i = 0; i < block_count_; ++i) {
    if (blocks_[i].holds(pointer)) return &blocks_[i];
  }
  return nullptr;
}

void ScanRoom::redirect(va_list list) noexcept {
  for (std::size_t i = 0; i < argument_count_; ++i)
    arguments_[i] = const_cast<void*>(written_for(arguments_[i]));
  arch::make_pointer_list(list, arguments_.data());
}

const void* ScanRoom::written_for(const void* pointer) const noexcept {
  const Block* const block = block_of(pointer);
  return block == nullptr ? pointer
                          : block->written + (static_cast<const std::byte*>(pointer) - block->begin);
}

void ScanRoom::note_overrun(const void* pointer, std::size_t size) noexcept {
  for (std::size_t i = 0; i < block_count_; ++i) {
    Block& block = blocks_[i];
    const std::size_t ahead = address_of(pointer) - address_of(block.begin);
    if (block.holds(pointer) && ahead + size > block.size())
      block.overrun = std::max(block.overrun, ahead + size - block.size());
  }
}

void ScanRoom::copy_back(LibraryCall site) noexcept {
  const os::ErrnoKeeper keeper;
  for (std::size_t i = 0; i < block_count_; ++i) copy_back(site, blocks_[i]);
  give_back_pages(pages_, size_);
}

// Only what the call has changed: other threads may have changed what lies beside it.
void ScanRoom::copy_back(LibraryCall site, const Block& block) noexcept {
  const std::size_t size = block.size();
  for (std::size_t i = 0; i < size; ++i) {
    if (block.written[i] != block.before[i]) block.begin[i] = block.written[i];
  }
  // A word that an error cut off is no text yet, but what there is of it was written.
  std::size_t overrun = block.overrun;
  while (overrun < block.beyond && block.written[size + overrun] != std::byte{0}) ++overrun;
  if (overrun == 0) return;
  if (block.overrun == 0) site.writes(block.begin, size + overrun);
  if (!is_closed_beyond(block.begin)) std::memcpy(block.end, block.written + size, overrun);
}

}  // namespace padlock::runtime
