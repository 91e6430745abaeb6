// Large blocks: finding, checking and counting them.

#include "base/arith.h"
#include "core/block/sealed_block.h"
#include "runtime/large/large_blocks.h"
#include "runtime/large/large_faults.h"

namespace padlock::runtime {

std::optional<std::size_t> LargeBlocks::usable_size(const void* pointer, core::FaultSink& faults) noexcept {
  const os::LockGuard guard(lock_);
  const LargeRecord* record = table_.find(address_of(pointer));
  if (record == nullptr) return std::nullopt;
  if (record->live()) return record->block.requested;
  core::FreeRequest request;
  request.moment = core::Moment::kUsableSize;
  faults.on_fault(core::not_live_fault(record->block, request));
  return 0;
}

std::size_t LargeBlocks::check(core::Moment moment, core::FaultSink& faults,
                               std::uint16_t first_thread) noexcept {
  const os::LockGuard guard(lock_);
  std::size_t found = 0;
  table_.for_each([&](const LargeRecord& record) {
    const std::uint16_t thread = record.block.alloc_thread;
    if (record.live() && thread != 0 && thread < first_thread) return;
    if (!(record.live() ? record_holds(record, keys_) : record.mapping.holds())) {
      report_record(record, moment, faults);
      ++found;
    } else if (record.live()) {
      found += verify_large(record, keys_, moment, faults);
    }
  });
  return found;
}

void LargeBlocks::walk(core::BlockVisitor& visitor) noexcept {
  const os::LockGuard guard(lock_);
  table_.for_each([&](const LargeRecord& record) { visitor.visit(record.block); });
}

LargeStats LargeBlocks::stats() noexcept {
  const os::LockGuard guard(lock_);
  LargeStats stats = stats_;
  stats.quarantined_blocks = quarantine_.count();
  stats.quarantined_bytes = quarantine_.bytes();
  stats.kept_bytes = quarantine_.kept_bytes();
  return stats;
}

LargeRecord* LargeBlocks::containing(std::uintptr_t address) const noexcept {
  LargeRecord* const listed = table_.find(ranges_.find(address).user);
  if (listed != nullptr && listed->contains(address)) return listed;
  LargeRecord* found = nullptr;
  table_.for_each([&](LargeRecord& record) {
    if (record.contains(address)) found = &record;
  });
  return found;
}

core::BlockSnapshot LargeBlocks::find_block(std::uintptr_t address) noexcept {
  const os::LockGuard guard(lock_);
  const LargeRecord* record = containing(address);
  return record == nullptr ? core::BlockSnapshot{} : record->block;
}

std::optional<core::BlockSnapshot> LargeBlocks::try_find_block(std::uintptr_t address) noexcept {
  if (!lock_.try_lock()) return std::nullopt;
  const os::LockGuard guard(lock_, os::kAdopt);
  const LargeRecord* record = containing(address);
  return record == nullptr ? core::BlockSnapshot{} : record->block;
}

std::optional<core::BlockSnapshot> LargeBlocks::try_find_gone(std::uintptr_t address) noexcept {
  if (!lock_.try_lock()) return std::nullopt;
  const os::LockGuard guard(lock_, os::kAdopt);
  core::BlockSnapshot latest;
  table_.for_each([&](const LargeRecord& record) {
    const bool held = address - record.block.user < record.block.requested;
    if (record.place == LargePlace::kGone && held && record.block.number > latest.number)
      latest = record.block;
  });
  return latest;
}

std::optional<PageHit> LargeBlocks::try_explain_trap(std::uintptr_t address) noexcept {
  if (!lock_.try_lock()) return std::nullopt;
  const os::LockGuard guard(lock_, os::kAdopt);
  const LargeRecord* record = containing(address);
  if (record == nullptr) return PageHit{};
  return page_hit(address, record->block, record->live(),
                  {record->mapping.body_begin, record->mapping.body_end});
}

std::optional<std::size_t> LargeBlocks::try_verify(std::uintptr_t address, core::Moment moment,
                                                   core::FaultSink& faults) noexcept {
  if (!lock_.try_lock()) return std::nullopt;
  const os::LockGuard guard(lock_, os::kAdopt);
  const LargeRecord* record = containing(address);
  if (record == nullptr || !record->live() || !record_holds(*record, keys_)) return 0;
  return verify_large(*record, keys_, moment, faults);
}

void LargeBlocks::forget_looks() noexcept {
  const os::LockGuard guard(lock_);
  ranges_.forget_looks();
}

core::BlockSnapshot LargeBlocks::find_exact(const void* pointer) noexcept {
  const os::LockGuard guard(lock_);
  const LargeRecord* record = table_.find(address_of(pointer));
  return record == nullptr ? core::BlockSnapshot{} : record->block;
}

}  // namespace padlock::runtime
