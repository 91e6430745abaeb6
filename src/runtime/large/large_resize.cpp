// Resizing large blocks: within the mapping while it has room, otherwise by moving the pages to a place with
// half as much room again, so that growing step by step costs a constant number of moves for each doubling.
#include <algorithm>

#include "base/arith.h"
#include "core/block/sealed_block.h"
#include "os/memory.h"
#include "runtime/large/large_blocks.h"
#include "runtime/large/large_faults.h"
#include "runtime/large/large_move.h"

namespace padlock::runtime {
namespace {

std::uintptr_t body_end_for(const core::BlockSnapshot& block, std::size_t size) noexcept {
  return align_up(block.user + size + core::kMinPadding, std::uintptr_t{os::page_size()});
}

// Where a block has grown, at the place that it has by now; `former`: what it was.
void poison_former_padding(const LargeRecord& block, const LargeRecord& former, std::size_t size,
                           const core::Poison& poison) noexcept {
  if (size <= former.block.requested) return;
  const std::size_t capacity = former.mapping.body_end - former.block.user;
  auto* const header = reinterpret_cast<core::BlockHeader*>(block.block.header);
  core::poison_padding(header, former.block.requested, capacity, poison);
}

}  // namespace

std::optional<LargeBlocks::Resized> LargeBlocks::resize(void* pointer, const core::AllocRequest& request,
                                                        std::size_t smallest,
                                                        core::FaultSink& faults) noexcept {
  Claim claim;
  {
    const os::LockGuard guard(lock_);
    LargeRecord* const record = table_.find(address_of(pointer));
    if (record == nullptr) return std::nullopt;
    if (!may_resize(*record, request, faults)) return Resized{.refused = true};
    if (request.size < smallest) return Resized{};
    claim = claim_for_resize(record, request.by);
  }
  Resized resized;
  LargeRecord& block = claim.block;
  const bool in_place = resize_in_place(block, request);
  if (in_place ||
      (claim.spare != nullptr && (resize_by_moving(block, request) || resize_by_copying(block, request)))) {
    poison_former_padding(block, *claim.record, request.size, keys_.poison);
    renew(block, request);
    seal_large(block, keys_);
    resized.result = reinterpret_cast<void*>(block.block.user);
  }
  finish_resize(claim, resized.result);
  if (resized.result != nullptr && !in_place) close(claim.record, Contents::kUnused);
  return resized;
}

// False, and reported, where the block is not live, or its record was overwritten. What is broken of a live
// one is reported and repaired, so that it is reported once.
bool LargeBlocks::may_resize(LargeRecord& record, const core::AllocRequest& request,
                             core::FaultSink& faults) const noexcept {
  core::FreeRequest as_free;
  as_free.origin = request.origin;
  as_free.moment = core::Moment::kRealloc;
  if (!record.live()) {
    faults.on_fault(core::not_live_fault(record.block, as_free));
    return false;
  }
  if (!record_holds(record, keys_)) {
    report_record(record, core::Moment::kRealloc, faults);
    return false;
  }
  report_large_mismatch(record, as_free, faults);
  if (verify_large(record, keys_, core::Moment::kRealloc, faults) != 0) seal_large(record, keys_);
  return true;
}

// From here to finish_resize() the block belongs to this call, and others find it freed by it.
LargeBlocks::Claim LargeBlocks::claim_for_resize(LargeRecord* record, const core::Caller& by) noexcept {
  const Claim claim{record, table_.reserve(), *record};
  mark_freed(*record, by);
  return claim;
}

bool LargeBlocks::resize_in_place(LargeRecord& block, const core::AllocRequest& request) noexcept {
  const std::uintptr_t body_end = body_end_for(block.block, request.size);
  const bool roomy = body_end <= std::max(block.mapping.map_end - large_guard(), block.mapping.body_end);
  return roomy && set_body_end(block.mapping, body_end);
}

bool LargeBlocks::resize_by_moving(LargeRecord& block, const core::AllocRequest& request) noexcept {
  const LargeMapping from = block.mapping;
  const std::size_t body_size = body_end_for(block.block, request.size) - from.body_begin;
  const std::size_t headroom = align_up(body_size / 2, os::page_size());
  const LargeMapping to = move_large(from, body_size, headroom);
  if (!to.present()) return false;
  block.mapping = to;
  block.block.user = to.body_begin + (block.block.user - from.body_begin);
  block.block.header = block.block.user - core::kHeaderSize;
  return true;
}

// Where moving would cost too many mappings, or the kernel cannot.
bool LargeBlocks::resize_by_copying(LargeRecord& block, const core::AllocRequest& request) noexcept {
  const LargeLayout layout = layout_large(request.size, 0, os::page_size());
  const LargeMapping to = map_large(layout);
  if (!to.present()) return false;
  const std::uintptr_t user = to.body_begin + layout.user_offset;
  copy_to_zeroed(user, block.block.user, std::min<std::size_t>(block.block.requested, request.size));
  block.mapping = to;
  block.block.user = user;
  block.block.header = user - core::kHeaderSize;
  return true;
}

void LargeBlocks::finish_resize(const Claim& claim, const void* result) noexcept {
  const os::LockGuard guard(lock_);
  const bool moved = result != nullptr && claim.block.block.user != claim.record->block.user;
  if (moved) {
    forget_at(claim.block.block.user);
    count_live(*table_.insert_reserved(claim.spare, claim.block));
    return;
  }
  if (claim.spare != nullptr) table_.give_back(claim.spare);
  replace(claim.record, claim.block);
}

}  // namespace padlock::runtime
