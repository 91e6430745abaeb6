// Poison in pieces of blocks: filling and verifying it.
#include "runtime/holders/pool_pieces.h"

#include <algorithm>
#include <cstring>

#include "base/arith.h"
#include "core/block/damage.h"
#include "core/block/pattern.h"
#include "os/memory.h"
#include "runtime/holders/place.h"
#include "runtime/memory/pool_marks.h"
#include "runtime/memory/settings.h"

namespace padlock::runtime {
namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);

AddressRange data_of(const core::BlockSnapshot& block) noexcept {
  return {block.user, block.user + block.requested};
}

std::uint64_t word_at(std::uintptr_t address) noexcept {
  return core::load_word(reinterpret_cast<const std::byte*>(address));
}

// A page that belongs to the pieces as a whole may have been closed or given back, which leaves zeros.
bool is_passed_over(std::uintptr_t page, AddressRange range) noexcept {
  const std::uintptr_t end = page + os::page_size();
  if (page < range.begin || end > range.end) return false;
  if (!os::is_readable(page, os::page_size())) return true;
  for (; page != end; page += kWord) {
    if (word_at(page) != 0) return false;
  }
  return true;
}

// The first pages of `range`, one behind the other, that are not passed over; an empty range at its end where
// there are none.
AddressRange pages_to_verify(AddressRange range) noexcept {
  const std::size_t size = os::page_size();
  std::uintptr_t begin = range.begin;
  while (is_passed_over(align_down(begin, size), range)) begin = align_down(begin, size) + size;
  std::uintptr_t end = align_down(begin, size) + size;
  while (end < range.end && !is_passed_over(end, range)) end += size;
  return {begin, std::min(end, range.end)};
}

class Piece {
 public:
  Piece(const core::BlockSnapshot& block, AddressRange range) noexcept : block_(block), range_(range) {}

  // The first byte from `from` on that was changed; the end where there is none.
  [[nodiscard]] std::uintptr_t first_changed(std::uintptr_t from) const noexcept {
    std::uintptr_t at = pool_marks.first_poisoned(block_.user, block_.number, {from, range_.end});
    while (at < range_.end && !is_changed(at)) at += is_whole_word(at) ? kWord : 1;
    return at;
  }

  [[nodiscard]] core::ExpectedByte expected(std::uintptr_t address) const noexcept {
    const bool known = range_.contains(address) && pool_marks.is_filled(address) && is_poisoned(address);
    return {known, known ? settings.keys.poison.byte(address) : std::uint8_t{0}};
  }

 private:
  [[nodiscard]] bool is_poisoned(std::uintptr_t address) const noexcept {
    return pool_marks.first_poisoned(block_.user, block_.number, {address, address + 1}) == address;
  }
  [[nodiscard]] bool is_changed(std::uintptr_t address) const noexcept {
    return core::byte_at(address) != settings.keys.poison.byte(address) && expected(address).known;
  }
  [[nodiscard]] bool is_whole_word(std::uintptr_t address) const noexcept {
    return address % kWord == 0 && range_.end - address >= kWord &&
           word_at(address) == settings.keys.poison.word(address);
  }

  const core::BlockSnapshot& block_;
  AddressRange range_;
};

// What was reported is filled again, where it is known what was there.
void mend(const Piece& piece, const core::Damage& damage) noexcept {
  for (std::uint64_t i = 0; i < damage.length; ++i) {
    const core::ExpectedByte byte = piece.expected(damage.address + i);
    if (byte.known) *reinterpret_cast<std::uint8_t*>(damage.address + i) = byte.value;
  }
}

void verify_run(const core::BlockSnapshot& block, AddressRange run, core::Moment moment,
                FaultList& faults) noexcept {
  const Piece piece(block, run);
  const std::uintptr_t at = piece.first_changed(run.begin);
  if (at == run.end) return;
  const AddressRange data = data_of(block);
  const AddressRange readable{std::max(data.begin, align_down(run.begin, os::page_size())),
                              std::min(data.end, align_up(run.end, os::page_size()))};
  core::Fault fault;
  fault.kind = core::FaultKind::kUseAfterPoison;
  fault.moment = moment;
  fault.block = block;
  fault.damage = core::measure_damage({at, run.end}, block.user, readable,
                                      [&](std::uintptr_t address) { return piece.expected(address); });
  faults.on_fault(fault);
  mend(piece, fault.damage);
}

bool is_live_block_at(const core::BlockSnapshot& block, std::uintptr_t user) noexcept {
  return block.sealed && block.state == core::BlockState::kLive && block.user == user;
}

}  // namespace

bool verify_pieces(const core::BlockSnapshot& block, AddressRange range, core::Moment moment,
                   FaultList& faults) noexcept {
  range.begin = pool_marks.first_poisoned(block.user, block.number, range);
  while (range.begin < range.end) {
    if (faults.full()) return false;
    const AddressRange run = pages_to_verify(range);
    verify_run(block, run, moment, faults);
    range.begin = run.end;
  }
  return true;
}

void verify_pieces_at(const void* pointer, core::Moment moment, FaultList& faults) noexcept {
  const std::uintptr_t user = address_of(pointer);
  if (!pool_marks.in_use() || pool_marks.number_at(user) == 0) return;
  const core::BlockSnapshot block = find_block(user);
  if (is_live_block_at(block, user)) verify_pieces(block, data_of(block), moment, faults);
}

bool verify_all_pieces(core::Moment moment, FaultList& faults, std::uint16_t first_thread) noexcept {
  bool whole = true;
  pool_marks.for_each_block([&](std::uintptr_t user, std::uint64_t number) {
    const auto block = try_find_block(user);
    if (!block || !is_live_block_at(*block, user) || block->number != number) return;
    const bool is_inherited = block->alloc_thread != 0 && block->alloc_thread < first_thread;
    if (!is_inherited) whole = verify_pieces(*block, data_of(*block), moment, faults) && whole;
  });
  return whole;
}

void fill_piece(AddressRange range) noexcept {
  const core::Poison& poison = settings.keys.poison;
  for (; range.begin < range.end && range.begin % kWord != 0; ++range.begin)
    *reinterpret_cast<std::uint8_t*>(range.begin) = poison.byte(range.begin);
  for (; range.begin + kWord <= range.end; range.begin += kWord) {
    const std::uint64_t word = poison.word(range.begin);
    std::memcpy(reinterpret_cast<void*>(range.begin), &word, sizeof word);
  }
  for (; range.begin < range.end; ++range.begin)
    *reinterpret_cast<std::uint8_t*>(range.begin) = poison.byte(range.begin);
}

}  // namespace padlock::runtime
