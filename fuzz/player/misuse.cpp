// The bugs that a program can have, as ops. A write is made only where its consequences are beyond doubt:
// away from other damage, and never a second time in idle memory before the first has been found.
#include <algorithm>

#include "core/block/layout.h"
#include "player/player.h"

namespace padlock::fuzz {

using core::BlockSnapshot;
using core::BlockState;
using core::kHeaderSize;

// Neither the blocks in [begin, end) nor their neighbours are damaged, and where idle memory is written to
// none is damaged at all: its lists lead everywhere.
bool Player::may_write(std::uintptr_t begin, std::uintptr_t end) const {
  const Layout& layout = heap_.layout();
  const BlockSnapshot* first = layout.holding(begin);
  const BlockSnapshot* last = layout.holding(end - 1);
  if (first == nullptr || last == nullptr) return false;
  const BlockSnapshot* before = layout.before(first->header);
  const BlockSnapshot* after = layout.after(*last);
  const std::uintptr_t from = before == nullptr ? first->header : before->header;
  const std::uintptr_t to = after == nullptr ? end_of(*last) : end_of(*after);
  if (heap_.ledger().any(from, to)) return false;
  if (first->state == BlockState::kCondemned || last->state == BlockState::kCondemned) return false;
  if (!is_idle(*first) && !is_idle(*last)) return true;
  const auto& changes = heap_.ledger().changes();
  return std::none_of(changes.begin(), changes.end(),
                      [&](const auto& change) { return is_idle(*layout.holding(change.first)); });
}

void Player::write(std::uintptr_t begin, std::uintptr_t end, std::uint8_t byte) {
  if (begin >= end || !may_write(begin, end)) return;
  heap_.damage(begin, end, byte);
  const Layout& layout = heap_.layout();
  for (const BlockSnapshot* block = layout.holding(begin); block != nullptr && block->header < end;
       block = layout.after(*block)) {
    heap_.undo_lucky(*block);
  }
}

void Player::overflow(const Op& op) {
  const LiveBlock* live = pick_live(op.a);
  if (live == nullptr) return;
  const BlockSnapshot& block = live->identity;
  const std::uint64_t padding = end_of(block) - block.user - block.requested;
  const std::uint64_t skipped = op.b < 256 ? 0 : op.b % padding;
  const std::uintptr_t begin = block.user + block.requested + skipped;
  const std::uintptr_t reach = end_of(block) + (heap_.layout().after(block) == nullptr ? 0 : kHeaderSize);
  write(begin, std::min(begin + op.c + 1, reach), op.d);
}

void Player::underflow(const Op& op) {
  const LiveBlock* live = pick_live(op.a);
  if (live == nullptr) return;
  const BlockSnapshot& block = live->identity;
  std::uint64_t reach = kHeaderSize;
  const BlockSnapshot* before = heap_.layout().before(block.header);
  if (before != nullptr && before->state == BlockState::kLive)
    reach += end_of(*before) - before->user - before->requested;
  write(block.user - std::min<std::uint64_t>(op.c + std::uint64_t{1}, reach), block.user, op.d);
}

// Where the program once had memory and nobody has it now.
void Player::write_after_free(const Op& op) {
  const BlockSnapshot* freed = pick_freed(op.a);
  if (freed == nullptr || freed->requested == 0) return;
  const std::uintptr_t begin = freed->user + op.b % freed->requested;
  const BlockSnapshot* holding = heap_.layout().holding(begin);
  if (holding == nullptr || !is_idle(*holding) || begin < holding->user) return;
  const std::uintptr_t reach = std::min<std::uintptr_t>(freed->user + freed->requested, end_of(*holding));
  write(begin, std::min(begin + op.c + 1, reach), op.d);
}

void Player::flip_header(const Op& op) {
  std::uintptr_t header = 0;
  if (op.c % 2 == 0) {
    if (const LiveBlock* live = pick_live(op.a)) header = live->identity.header;
  } else if (const auto& idle = heap_.book().idle; !idle.empty()) {
    header = std::next(idle.begin(), static_cast<std::ptrdiff_t>(op.a % idle.size()))->first;
  }
  if (header == 0 || !may_write(header, header + kHeaderSize)) return;
  const unsigned bits[] = {op.b % 256U, op.d, op.b / 256U};
  for (unsigned i = 0; i <= op.c / 2 % 3U; ++i) {
    const std::uintptr_t at = header + bits[i] / 8;
    const auto found = *reinterpret_cast<const std::uint8_t*>(at);
    heap_.damage(at, at + 1, static_cast<std::uint8_t>(found ^ (1U << (bits[i] % 8))));
  }
  if (const BlockSnapshot* block = heap_.layout().at(header)) heap_.undo_lucky(*block);
}

void Player::call_with(std::uintptr_t address, unsigned call, core::Origin origin) {
  core::AllocRequest size;
  size.size = 40;
  size.by = caller();
  core::FreeRequest request;
  request.origin = origin;
  request.by = size.by;
  switch (call % 4) {
    case 0:
      return heap_.deallocate(address, request);
    case 1:
      static_cast<void>(heap_.resize(address, size));
      return;
    case 2:
      return heap_.usable_size(address);
    default:
      static_cast<void>(heap_.reallocate(address, size));
      return;
  }
}

void Player::interior(const Op& op) {
  const LiveBlock* live = pick_live(op.a);
  if (live == nullptr) return;
  const BlockSnapshot& block = live->identity;
  call_with(block.user + 1 + op.b % (end_of(block) - block.user - 1), op.c, origin_of(op.c));
}

void Player::wild(const Op& op) {
  const std::uintptr_t region = address_of(heap_.stage().regions().back().data());
  const std::uintptr_t places[] = {address_of(foreign_memory().data()), region, 0, UINTPTR_MAX - 65535,
                                   region + heap_.stage().regions().back().size() - 1};
  const std::uintptr_t address = places[op.a % 5U] + op.b;
  if (!heap_.book().live.contains(address)) call_with(address, op.c, origin_of(op.d));
}

// A pointer to memory that was freed and given up, and may have become somebody's since.
void Player::use_given_up(const Op& op) {
  const auto& users = heap_.book().given_up;
  if (users.empty()) return;
  const std::uintptr_t user = users[op.a % users.size()];
  if (!heap_.book().live.contains(user)) call_with(user, op.d / 2U, origin_of(op.c));
}

void Player::mismatched_free(const Op& op) {
  const LiveBlock* live = pick_live(op.a);
  if (live == nullptr) return;
  if (op.c >= 128) return reallocate(*live, op.b, origin_of(op.c));
  core::FreeRequest request;
  request.origin = origin_of(op.c);
  request.by = caller();
  heap_.deallocate(live->identity.user, request);
}

void Player::mis_sized_free(const Op& op) {
  const LiveBlock* live = pick_live(op.a);
  if (live == nullptr) return;
  core::FreeRequest request;
  request.origin = live->identity.origin;
  request.size = op.b;
  request.by = caller();
  heap_.deallocate(live->identity.user, request);
}

void Player::misaligned_free(const Op& op) {
  const LiveBlock* live = pick_live(op.a);
  if (live == nullptr) return;
  core::FreeRequest request;
  request.origin = live->identity.origin;
  if (op.c % 16 != 15) request.alignment = std::size_t{1} << (op.c % 16);
  request.by = caller();
  heap_.deallocate(live->identity.user, request);
}

void Player::step_misuse(const Op& op) {
  const BlockSnapshot* freed = pick_freed(op.a);
  switch (op.kind) {
    case OpKind::kOverflow:
      return overflow(op);
    case OpKind::kUnderflow:
      return underflow(op);
    case OpKind::kWriteAfterFree:
      return write_after_free(op);
    case OpKind::kInteriorFree:
      return interior(op);
    case OpKind::kWildFree:
      return wild(op);
    case OpKind::kMismatchedFree:
      return mismatched_free(op);
    case OpKind::kMisSizedFree:
      return mis_sized_free(op);
    case OpKind::kMisalignedFree:
      return misaligned_free(op);
    case OpKind::kFlipHeader:
      return flip_header(op);
    case OpKind::kDoubleFree:
      if (op.d % 2 != 0) return use_given_up(op);
      if (freed != nullptr) call_with(freed->user, 0, origin_of(op.c));
      return;
    case OpKind::kResizeFreed:
      if (freed != nullptr) call_with(freed->user, op.b % 2 == 0 ? 1 : 3, core::Origin::kMalloc);
      return;
    case OpKind::kUsableSizeFreed:
      if (freed != nullptr) call_with(freed->user, 2, core::Origin::kMalloc);
      return;
    default:
      return;
  }
}

}  // namespace padlock::fuzz
