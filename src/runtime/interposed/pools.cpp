// Poisoning, and finding what was changed of it.
#include "runtime/interposed/pools.h"

#include <algorithm>
#include <cstring>

#include "base/arith.h"
#include "core/block/damage.h"
#include "os/barrier.h"
#include "runtime/holders/place.h"
#include "runtime/interposed/known_headers.h"
#include "runtime/interposed/library_call.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/pool_marks.h"
#include "runtime/memory/settings.h"
#include "runtime/reporting/reporter.h"

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
  large_blocks.forget_looks();
}

void fill(AddressRange range) noexcept {
  const core::Poison& poison = settings.keys.poison;
  for (; range.begin < range.end && range.begin % sizeof(std::uint64_t) != 0; ++range.begin)
    *reinterpret_cast<std::uint8_t*>(range.begin) = poison.byte(range.begin);
  for (; range.begin + sizeof(std::uint64_t) <= range.end; range.begin += sizeof(std::uint64_t)) {
    const std::uint64_t word = poison.word(range.begin);
    std::memcpy(reinterpret_cast<void*>(range.begin), &word, sizeof word);
  }
  for (; range.begin < range.end; ++range.begin)
    *reinterpret_cast<std::uint8_t*>(range.begin) = poison.byte(range.begin);
}

bool is_poisoned(const Piece& piece, std::uintptr_t address) noexcept {
  return pool_marks.first_poisoned(piece.block.user, piece.block.number, {address, address + 1}) == address;
}

// Of what is filled, each byte is known.
void verify(const Piece& piece, const trace::FrameState& from, core::Call call) noexcept {
  const auto expected = [&](std::uintptr_t address) -> core::ExpectedByte {
    const bool known =
        piece.range.contains(address) && pool_marks.is_filled(address) && is_poisoned(piece, address);
    return {known, known ? settings.keys.poison.byte(address) : std::uint8_t{0}};
  };
  const std::uintptr_t first = pool_marks.first_poisoned(piece.block.user, piece.block.number, piece.range);
  const auto is_changed = [&](std::uintptr_t address) {
    return core::byte_at(address) != settings.keys.poison.byte(address) && expected(address).known;
  };
  const auto is_whole_word = [&](std::uintptr_t address) {
    std::uint64_t word = 0;
    if (address % sizeof word != 0 || piece.range.end - address < sizeof word) return false;
    std::memcpy(&word, reinterpret_cast<const void*>(address), sizeof word);
    return word == settings.keys.poison.word(address);
  };
  std::uintptr_t at = first;
  while (at < piece.range.end && !is_changed(at)) at += is_whole_word(at) ? sizeof(std::uint64_t) : 1;
  if (at == piece.range.end) return;
  core::Fault fault;
  fault.kind = core::FaultKind::kUseAfterPoison;
  fault.moment = core::Moment::kCall;
  fault.call = call;
  fault.block = piece.block;
  fault.damage = core::measure_damage({at, piece.range.end}, piece.block.user,
                                      {piece.block.user, end_of_data(piece.block)}, expected);
  reporter.report(fault, from);
}

}  // namespace

void poison_memory(const void* memory, std::size_t size, Fill how, const trace::FrameState& from) noexcept {
  const Piece piece = piece_at(memory, size);
  if (!piece.present()) return;
  begin_to_use();
  verify(piece, from, core::Call::kPoison);
  if (how == Fill::kFill) fill(piece.range);
  pool_marks.poison(piece.block, piece.range, how == Fill::kFill);
}

void unpoison_memory(const void* memory, std::size_t size, const trace::FrameState& from) noexcept {
  if (!pool_marks.in_use()) return;
  const Piece piece = piece_at(memory, size);
  if (!piece.present()) return;
  verify(piece, from, core::Call::kUnpoison);
  pool_marks.unpoison(piece.block, piece.range);
}

const void* first_poisoned(const void* memory, std::size_t size) noexcept {
  const std::size_t room = accessible_at(memory, size);
  return room >= size ? nullptr : static_cast<const std::byte*>(memory) + room;
}

}  // namespace padlock::runtime
