// Large blocks: allocating, freeing, looking up, checking.
#include "runtime/large_blocks.h"

#include <bit>
#include <mutex>

#include "core/arith.h"
#include "os/memory.h"
#include "runtime/large_faults.h"

namespace padlock::runtime {

constinit LargeBlocks large_blocks;

void LargeBlocks::set_up(std::uint64_t key, std::size_t quarantine_bytes) noexcept {
  keys_ = core::Keys::derive(key);
  quarantine_bytes_ = quarantine_bytes;
}

void* LargeBlocks::allocate(const core::AllocRequest& request) noexcept {
  const LargeLayout layout = layout_large(request.size, request.alignment, os::page_size());
  LargeMapping mapping = map_large(layout, 0);
  if (!mapping.present()) {
    flush_quarantine();
    mapping = map_large(layout, 0);
    if (!mapping.present()) return nullptr;
  }
  LargeRecord record = describe(mapping, mapping.body_begin + layout.user_offset, request);
  seal(record);
  const std::lock_guard guard(lock_);
  if (enter(record) == nullptr) {
    unmap_large(mapping);
    return nullptr;
  }
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

/// What changes when a block is allocated or resized.
void LargeBlocks::renew(LargeRecord& record, const core::AllocRequest& request) noexcept {
  core::BlockSnapshot& block = record.block;
  block.block_size = record.mapping.body_end - block.header;
  block.requested = request.size;
  block.number = request.by.number;
  block.alloc_trace = request.by.trace;
  block.alloc_thread = request.by.thread;
  block.state = core::BlockState::kLive;
}

/// Writes the header and locks the padding, as the record describes them.
void LargeBlocks::seal(LargeRecord& record) const noexcept {
  const core::BlockSnapshot& block = record.block;
  core::BlockFields fields;
  fields.granules = static_cast<std::uint32_t>(block.block_size / core::kGranule);
  fields.origin = block.origin;
  fields.align_log2 =
      block.alignment == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(std::countr_zero(block.alignment));
  fields.alloc_trace = block.alloc_trace;
  fields.alloc_thread = block.alloc_thread;
  fields.requested = block.requested;
  fields.number = block.number;
  auto* const header = reinterpret_cast<core::BlockHeader*>(block.header);
  core::write_header(header, fields, keys_);
  record.header = *header;
  lock_padding(record, keys_);
}

void LargeBlocks::widen_range(const LargeMapping& mapping) noexcept {
  if (mapping.map_begin < lowest_.load(std::memory_order_relaxed)) {
    lowest_.store(mapping.map_begin, std::memory_order_relaxed);
  }
  if (mapping.map_end > highest_.load(std::memory_order_relaxed)) {
    highest_.store(mapping.map_end, std::memory_order_relaxed);
  }
}

LargeRecord* LargeBlocks::enter(const LargeRecord& record) noexcept {
  if (LargeRecord* former = table_.find(record.block.user); former != nullptr) {
    remembered_.remove(former);  // the system has given its address out again
    table_.erase(former);
  }
  LargeRecord* const fresh = table_.insert(record);
  if (fresh == nullptr) return nullptr;
  widen_range(record.mapping);
  ++stats_.live_blocks;
  stats_.live_bytes += record.block.requested;
  stats_.live_mapped_bytes += record.mapping.size();
  return fresh;
}

bool LargeBlocks::deallocate(void* pointer, const core::FreeRequest& request,
                             core::FaultSink& faults) noexcept {
  LargeRecord* record = nullptr;
  {
    const std::lock_guard guard(lock_);
    record = table_.find(core::address_of(pointer));
    if (record == nullptr) return false;
    if (!record->live()) {
      faults.on_fault(large_not_live(*record, request));
      return true;
    }
    report_large_mismatch(*record, request, faults);
    verify_large(*record, keys_, request.moment, faults);
    mark_freed(*record, request.by);
  }
  // Not live and in no queue: nobody else touches it, so the pages can be given back without the lock.
  const bool reserved = seal_off(record->mapping);
  const std::lock_guard guard(lock_);
  if (reserved) {
    quarantine(record);
  } else {
    unmap_large(record->mapping);
    remember(record);
  }
  return true;
}

void LargeBlocks::mark_freed(LargeRecord& record, const core::Caller& by) noexcept {
  --stats_.live_blocks;
  stats_.live_bytes -= record.block.requested;
  stats_.live_mapped_bytes -= record.mapping.size();
  record.block.state = core::BlockState::kQuarantined;
  record.block.free_trace = by.trace;
  record.block.free_thread = by.thread;
}

void LargeBlocks::quarantine(LargeRecord* record) noexcept {
  quarantined_.push(record);
  while (quarantined_.bytes() > quarantine_bytes_ || quarantined_.count() > kMaxQuarantined) evict_oldest();
}

void LargeBlocks::evict_oldest() noexcept {
  LargeRecord* const record = quarantined_.oldest();
  quarantined_.remove(record);
  unmap_large(record->mapping);
  remember(record);
}

void LargeBlocks::remember(LargeRecord* record) noexcept {
  record->mapped = false;
  record->block.state = core::BlockState::kFree;
  remembered_.push(record);
  if (remembered_.count() <= kMaxRemembered) return;
  LargeRecord* const oldest = remembered_.oldest();
  remembered_.remove(oldest);
  table_.erase(oldest);
}

void LargeBlocks::flush_quarantine() noexcept {
  const std::lock_guard guard(lock_);
  while (quarantined_.count() != 0) evict_oldest();
}

bool LargeBlocks::usable_size(const void* pointer, std::size_t& size, core::FaultSink& faults) noexcept {
  const std::lock_guard guard(lock_);
  const LargeRecord* record = table_.find(core::address_of(pointer));
  if (record == nullptr) return false;
  size = record->live() ? record->block.requested : 0;
  if (!record->live()) {
    core::FreeRequest request;
    request.moment = core::Moment::kUsableSize;
    faults.on_fault(large_not_live(*record, request));
  }
  return true;
}

std::size_t LargeBlocks::check(core::Moment moment, core::FaultSink& faults) noexcept {
  const std::lock_guard guard(lock_);
  std::size_t found = 0;
  table_.for_each([&](const LargeRecord& record) {
    if (record.live()) found += verify_large(record, keys_, moment, faults);
  });
  return found;
}

LargeStats LargeBlocks::stats() noexcept {
  const std::lock_guard guard(lock_);
  LargeStats stats = stats_;
  stats.quarantined_blocks = quarantined_.count();
  stats.quarantined_bytes = quarantined_.bytes();
  return stats;
}

LargeRecord* LargeBlocks::containing(std::uintptr_t address) const noexcept {
  LargeRecord* found = nullptr;
  table_.for_each([&](LargeRecord& record) {
    if (record.contains(address)) found = &record;
  });
  return found;
}

core::BlockSnapshot LargeBlocks::find_block(std::uintptr_t address) noexcept {
  const std::lock_guard guard(lock_);
  const LargeRecord* record = containing(address);
  return record == nullptr ? core::BlockSnapshot{} : record->block;
}

bool LargeBlocks::try_find_block(std::uintptr_t address, core::BlockSnapshot& block) noexcept {
  const std::unique_lock guard(lock_, std::try_to_lock);
  if (!guard.owns_lock()) return false;
  const LargeRecord* record = containing(address);
  block = record == nullptr ? core::BlockSnapshot{} : record->block;
  return true;
}

bool LargeBlocks::try_explain_trap(std::uintptr_t address, LargeHit& hit) noexcept {
  const std::unique_lock guard(lock_, std::try_to_lock);
  if (!guard.owns_lock()) return false;
  const LargeRecord* record = containing(address);
  if (record == nullptr) return true;
  hit.block = record->block;
  if (!record->live()) {
    hit.zone = LargeHit::Zone::kFreed;
  } else if (address < record->mapping.body_begin) {
    hit.zone = LargeHit::Zone::kFrontGuard;
  } else if (address >= record->mapping.body_end) {
    hit.zone = LargeHit::Zone::kBackGuard;
  }
  return true;
}

core::BlockSnapshot LargeBlocks::find_exact(const void* pointer) noexcept {
  const std::lock_guard guard(lock_);
  const LargeRecord* record = table_.find(core::address_of(pointer));
  return record == nullptr ? core::BlockSnapshot{} : record->block;
}

}  // namespace padlock::runtime
