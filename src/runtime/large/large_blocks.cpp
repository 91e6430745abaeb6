// Large blocks: allocating, freeing, looking up, checking.
#include "runtime/large/large_blocks.h"

#include <algorithm>

#include "base/arith.h"
#include "core/block/sealed_block.h"
#include "os/memory.h"
#include "runtime/large/large_faults.h"
#include "runtime/large/map_budget.h"
#include "runtime/memory/pool_marks.h"
#include "runtime/memory/segment_table.h"
#include "runtime/memory/settings.h"

namespace padlock::runtime {
namespace {

// Less than a granule.
void fill_bytes(std::byte* begin, std::byte* end, const core::Poison& poison) noexcept {
  for (std::byte* at = begin; at != end; ++at) {
    const std::uint64_t word = poison.word(align_down(address_of(at), sizeof(std::uint64_t)));
    *at = std::byte{core::pattern_byte(word, address_of(at))};
  }
}

}  // namespace

constinit LargeBlocks large_blocks;

void LargeBlocks::set_up(std::uint64_t key, const LargeQuarantine::Limits& limits) noexcept
    PADLOCK_UNCHECKED_LOCKING {  // start-up: one thread
  keys_ = core::Keys::derive(key);
  quarantine_.set_up(limits);
}

void* LargeBlocks::allocate(const core::AllocRequest& request, bool& zeroed) noexcept {
  const LargeLayout layout = layout_large(request.size, request.alignment, os::page_size());
  zeroed = false;
  if (void* const again = allocate_again(request, layout); again != nullptr) return again;
  zeroed = true;
  LargeMapping mapping = map_large(layout);
  if (!mapping.present()) {
    flush_quarantine();
    mapping = map_large(layout);
    if (!mapping.present()) return nullptr;
  }
  LargeRecord record = describe(mapping, mapping.body_begin + layout.user_offset, request);
  seal_large(record, keys_);
  {
    const os::LockGuard guard(lock_);
    if (enter(record) != nullptr) return reinterpret_cast<void*>(record.block.user);
  }
  unmap_large(mapping);
  return nullptr;
}

void LargeBlocks::fill_fresh(void* memory, std::size_t size) const noexcept {
  const auto most = static_cast<std::size_t>(settings.options.fill_fresh_max);
  auto* const begin = static_cast<std::byte*>(memory);
  std::byte* const end = begin + std::min(size, align_down(most, core::kGranule));
  const std::size_t ahead = align_up(address_of(begin), core::kGranule) - address_of(begin);
  std::byte* const from = begin + std::min(ahead, static_cast<std::size_t>(end - begin));
  std::byte* const to = from + align_down(static_cast<std::size_t>(end - from), core::kGranule);
  fill_bytes(begin, from, keys_.poison);
  core::fill_poison(from, to, keys_.poison);
  fill_bytes(to, end, keys_.poison);
}

// In the pages of a freed block, or null.
void* LargeBlocks::allocate_again(const core::AllocRequest& request, const LargeLayout& layout) noexcept {
  if (layout.alignment > os::page_size()) return nullptr;
  LargeRecord* former = nullptr;
  {
    const os::LockGuard guard(lock_);
    former = quarantine_.take_fitting(mapping_size_for(layout));
  }
  if (former == nullptr) return nullptr;
  LargeMapping mapping = former->mapping;
  if (!open_large(mapping, layout)) {
    unmap(former);
    return nullptr;
  }
  LargeRecord record = describe(mapping, mapping.body_begin + layout.user_offset, request);
  seal_large(record, keys_);
  const os::LockGuard guard(lock_);
  enter_again(former, record);
  return reinterpret_cast<void*>(record.block.user);
}

LargeRecord LargeBlocks::describe(const LargeMapping& mapping, std::uintptr_t user,
                                  const core::AllocRequest& request) const noexcept {
  LargeRecord record;
  record.mapping = mapping;
  core::BlockSnapshot& block = record.block;
  block.header = user - core::kHeaderSize;
  block.user = user;
  block.alignment = request.alignment;
  block.origin = request.origin;
  block.sealed = true;
  renew(record, request);
  return record;
}

// What changes when a block is allocated or resized.
void LargeBlocks::renew(LargeRecord& record, const core::AllocRequest& request) noexcept {
  core::BlockSnapshot& block = record.block;
  block.block_size = record.mapping.body_end - block.header;
  block.requested = request.size;
  block.number = request.by.number;
  block.alloc_trace = request.by.trace;
  block.alloc_thread = request.by.thread;
}

void LargeBlocks::widen_range(const LargeMapping& mapping) noexcept {
  const std::uintptr_t lowest = lowest_.load(std::memory_order_relaxed);
  const std::uintptr_t highest = highest_.load(std::memory_order_relaxed);
  lowest_.store(std::min(lowest, mapping.map_begin), std::memory_order_relaxed);
  highest_.store(std::max(highest, mapping.map_end), std::memory_order_relaxed);
}

LargeRecord* LargeBlocks::enter(const LargeRecord& record) noexcept {
  forget_at(record.block.user);
  LargeRecord* const fresh = table_.insert(record);
  if (fresh != nullptr) count_live(*fresh);
  return fresh;
}

// A block that had this address is gone, as another one has it now.
void LargeBlocks::forget_at(std::uintptr_t user) noexcept {
  LargeRecord* const former = table_.find(user);
  if (former == nullptr) return;
  quarantine_.forget(former);
  table_.erase(former);
}

// `record` has the pages of `former`, which stays known if its address was another one.
void LargeBlocks::enter_again(LargeRecord* former, const LargeRecord& record) noexcept {
  if (former->block.user == record.block.user) {
    replace(former, record);
  } else if (enter(record) != nullptr) {
    remember(former);
  } else {
    table_.erase(former);
    enter(record);
  }
}

// `former`, which is in no list, becomes `record`, which has the same address.
void LargeBlocks::replace(LargeRecord* former, const LargeRecord& record) noexcept {
  LargeRecord* const next = former->next;
  *former = record;
  former->next = next;
  count_live(*former);
}

void LargeBlocks::count_live(const LargeRecord& record) noexcept {
  widen_range(record.mapping);
  live_blocks_.store(++stats_.live_blocks, std::memory_order_relaxed);
  stats_.live_bytes += record.block.requested;
  stats_.live_mapped_bytes += record.mapping.size();
  note_range(record);
}

void LargeBlocks::note_range(const LargeRecord& record) noexcept {
  const LargeMapping& mapping = record.mapping;
  ranges_.put({mapping.map_begin, mapping.map_end}, record.block);
  segment_table.set_large(mapping.map_begin, mapping.size());
}

bool LargeBlocks::crowded() const noexcept {
  return live_blocks_.load(std::memory_order_relaxed) >= map_budget.most_blocks();
}

bool LargeBlocks::deallocate(void* pointer, const core::FreeRequest& request,
                             core::FaultSink& faults) noexcept {
  LargeRecord* record = nullptr;
  {
    const os::LockGuard guard(lock_);
    record = table_.find(address_of(pointer));
    if (record == nullptr) return false;
    if (!record->live()) {
      faults.on_fault(core::not_live_fault(record->block, request));
      return true;
    }
    if (!record_holds(*record, keys_)) {
      report_record(*record, request.moment, faults);
      return true;
    }
    report_large_mismatch(*record, request, faults);
    verify_large(*record, keys_, request.moment, faults);
    mark_freed(*record, request.by);
  }
  close(record, Contents::kUseful);
  return true;
}

void LargeBlocks::mark_freed(LargeRecord& record, const core::Caller& by) noexcept {
  pool_marks.forget(record.block.user);
  live_blocks_.store(--stats_.live_blocks, std::memory_order_relaxed);
  stats_.live_bytes -= record.block.requested;
  stats_.live_mapped_bytes -= record.mapping.size();
  record.block.state = core::BlockState::kQuarantined;
  record.block.free_trace = by.trace;
  record.block.free_thread = by.thread;
  note_range(record);
}

}  // namespace padlock::runtime
