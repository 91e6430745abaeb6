// Resizing large blocks: within the mapping while it has room, else by moving the pages to a place with half
// as much room again, so that growing step by step costs a constant number of moves for each doubling.
#include <mutex>

#include "core/arith.h"
#include "os/memory.h"
#include "runtime/large_blocks.h"
#include "runtime/large_faults.h"

namespace padlock::runtime {
namespace {

std::uintptr_t body_end_for(const core::BlockSnapshot& block, std::size_t size) noexcept {
  return core::align_up(block.user + size + core::kMinPadding, std::uintptr_t{os::page_size()});
}

}  // namespace

bool LargeBlocks::resize(void* pointer, const core::AllocRequest& request, std::size_t smallest,
                         Resized& resized, core::FaultSink& faults) noexcept {
  core::FreeRequest as_free;
  as_free.origin = request.origin;
  as_free.by = request.by;
  as_free.moment = core::Moment::kRealloc;
  const std::lock_guard guard(lock_);
  LargeRecord* const record = table_.find(core::address_of(pointer));
  if (record == nullptr) return false;
  if (!record->live()) {
    faults.on_fault(large_not_live(*record, as_free));
    resized = {nullptr, true};
    return true;
  }
  report_large_mismatch(*record, as_free, faults);
  if (verify_large(*record, keys_, core::Moment::kRealloc, faults) != 0)
    seal(*record);  // reported: once is enough
  if (request.size < smallest) return true;
  resized.result = resize_in_place(*record, request) ? pointer : resize_by_moving(*record, request);
  return true;
}

bool LargeBlocks::resize_in_place(LargeRecord& record, const core::AllocRequest& request) noexcept {
  const std::uintptr_t body_end = body_end_for(record.block, request.size);
  if (body_end > record.mapping.map_end - os::page_size()) return false;
  if (!set_body_end(record.mapping, body_end)) return false;
  stats_.live_bytes += request.size - record.block.requested;
  renew(record, request);
  seal(record);
  return true;
}

void* LargeBlocks::resize_by_moving(LargeRecord& record, const core::AllocRequest& request) noexcept {
  const LargeMapping from = record.mapping;
  const std::size_t body_size = body_end_for(record.block, request.size) - from.body_begin;
  const std::size_t headroom = core::align_up(body_size / 2, os::page_size());
  if (!table_.make_room()) return nullptr;
  bool reserved = false;
  const LargeMapping to = move_large(from, body_size, headroom, reserved);
  if (!to.present()) return nullptr;
  LargeRecord moved = record;
  moved.mapping = to;
  moved.block.user = to.body_begin + (record.block.user - from.body_begin);
  moved.block.header = moved.block.user - core::kHeaderSize;
  renew(moved, request);
  seal(moved);
  mark_freed(record, request.by);
  enter(moved);
  if (reserved) {
    quarantine(&record);
  } else {
    remember(&record);
  }
  return reinterpret_cast<void*>(moved.block.user);
}

}  // namespace padlock::runtime
