// What the core does for any sealed block (core/block/sealed_block.h), done for a large one.
#include "runtime/large/large_faults.h"

#include "base/arith.h"
#include "core/block/header_repair.h"
#include "core/block/mismatch.h"
#include "core/block/sealed_block.h"

namespace padlock::runtime {
namespace {

AddressRange body_of(const LargeRecord& record) noexcept {
  return {record.mapping.body_begin, record.mapping.body_end};
}

std::size_t capacity_of(const LargeRecord& record) noexcept {
  return record.mapping.body_end - record.block.user;
}

core::BlockHeader* header_of(const LargeRecord& record) noexcept {
  return reinterpret_cast<core::BlockHeader*>(record.block.header);
}

}  // namespace

void seal_large(LargeRecord& record, const core::Keys& keys) noexcept {
  core::BlockHeader* const header = header_of(record);
  core::seal_block(header, core::fields_of(record.block), capacity_of(record), keys);
  record.header = core::load_header(header);
}

bool record_holds(const LargeRecord& record, const core::Keys& keys) noexcept {
  const LargeMapping& mapping = record.mapping;
  const core::BlockSnapshot& block = record.block;
  if (!mapping.holds() || block.header < mapping.body_begin ||
      block.user != block.header + core::kHeaderSize || block.user >= mapping.body_end ||
      block.requested > capacity_of(record))
    return false;
  if (record.live() && record.place != LargePlace::kOpen) return false;
  core::BlockFields fields;
  return core::unpack_header(record.header, block.header, keys, fields) == core::HeaderVerdict::kIntact;
}

void report_record(const LargeRecord& record, core::Moment moment, core::FaultSink& faults) noexcept {
  faults.on_fault(core::table_fault(core::Table::kRecord, address_of(&record), moment));
}

std::size_t verify_large(const LargeRecord& record, const core::Keys& keys, core::Moment moment,
                         core::FaultSink& faults) noexcept {
  std::size_t found = 0;
  const core::BlockHeader* const header = header_of(record);
  if (const core::HeaderRepair was = core::repair_to(header, record.header); was.found) {
    faults.on_fault(core::header_fault(record.block, was, body_of(record), moment));
    ++found;
  }
  const std::uint64_t canary = core::canary_in(record.header, keys);
  if (!core::canary_intact(header->user(), record.block.requested, capacity_of(record), canary)) {
    faults.on_fault(core::padding_fault(record.block, capacity_of(record), body_of(record), canary, moment));
    ++found;
  }
  return found;
}

void report_large_mismatch(const LargeRecord& record, const core::FreeRequest& request,
                           core::FaultSink& faults) noexcept {
  const core::FaultKind kind = core::mismatch(core::terms_of(record.block), request);
  if (kind != core::FaultKind::kNone) faults.on_fault(core::mismatch_fault(kind, record.block, request));
}

}  // namespace padlock::runtime
