// Poisoning, and finding what was changed of it.
#include "runtime/interposed/pools.h"

#include <algorithm>

#include "base/arith.h"
#include "os/barrier.h"
#include "runtime/calls/entry.h"
#include "runtime/holders/place.h"
#include "runtime/holders/pool_pieces.h"
#include "runtime/interposed/known_headers.h"
#include "runtime/interposed/known_slots.h"
#include "runtime/interposed/library_call.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/pool_marks.h"
#include "runtime/memory/segment_table.h"

namespace padlock::runtime {
namespace {

// A part of a live block. Absent where `memory` is none's.
struct Piece {
  core::BlockSnapshot block;
  AddressRange range;

  [[nodiscard]] bool present() const noexcept { return range.begin < range.end; }
};

std::uintptr_t end_of_data(const core::BlockSnapshot& block) noexcept { return block.user + block.requested; }

Piece piece_at(const void* memory, std::size_t size) noexcept {
  const std::uintptr_t begin = address_of(memory);
  const core::BlockSnapshot block = find_block(begin);
  if (!block.present() || !block.sealed || block.state != core::BlockState::kLive || begin < block.user)
    return {};
  const std::uintptr_t end = end_of_data(block);
  return {block, {begin, begin < end ? begin + std::min(size, end - begin) : begin}};
}

// From now on nothing that calls met lately shows that a place is the program's: not what a look notes that
// is under way either (KnownHeaders::note()).
void begin_to_use() noexcept {
  if (pool_marks.in_use()) return;
  pool_marks.set_in_use();
  os::process_barrier();
  known_headers.forget();
  known_slots.forget();
  large_blocks.forget_looks();
}

// Of what is filled, each byte is known. Not where this is a handler that came in amidst a call.
void verify(const Entry& entry, const Piece& piece) noexcept {
  if (entry.granted()) verify_pieces(piece.block, piece.range, core::Moment::kCall, entry.faults());
}

}  // namespace

// Inside, so that a heap check sees no piece half filled. What is found is reported at the end.
void poison_memory(const void* memory, std::size_t size, Fill how, const trace::FrameState& from) noexcept {
  const Piece piece = piece_at(memory, size);
  if (!piece.present()) return;
  begin_to_use();
  const Entry entry(from, core::Call::kPoison);
  verify(entry, piece);
  if (how == Fill::kFill) {
    fill_piece(piece.range);
    segment_table.set_uncommon(piece.block.user);
  }
  pool_marks.poison(piece.block, piece.range, how == Fill::kFill);
}

void unpoison_memory(const void* memory, std::size_t size, const trace::FrameState& from) noexcept {
  if (!pool_marks.in_use()) return;
  const Piece piece = piece_at(memory, size);
  if (!piece.present()) return;
  const Entry entry(from, core::Call::kUnpoison);
  verify(entry, piece);
  pool_marks.unpoison(piece.block, piece.range);
}

const void* first_poisoned(const void* memory, std::size_t size) noexcept {
  const std::size_t room = accessible_at(memory, size);
  return room >= size ? nullptr : static_cast<const std::byte*>(memory) + room;
}

}  // namespace padlock::runtime
