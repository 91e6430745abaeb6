// Faults of large blocks; the same contract as the core's for blocks in regions.
#include "runtime/large/large_faults.h"

#include <cstring>

#include "base/arith.h"
#include "core/block/damage.h"
#include "core/block/header.h"
#include "core/block/pattern.h"

namespace padlock::runtime {
namespace {

using core::Fault;
using core::FaultKind;

Fault fault_at(FaultKind kind, core::Moment moment, const LargeRecord& record) noexcept {
  Fault fault;
  fault.kind = kind;
  fault.moment = moment;
  fault.block = record.block;
  return fault;
}

core::ByteRange body_of(const LargeRecord& record) noexcept {
  return {record.mapping.body_begin, record.mapping.body_end};
}

std::size_t padding_begin(const LargeRecord& record) noexcept { return record.block.requested; }
std::size_t padding_end(const LargeRecord& record) noexcept {
  return record.mapping.body_end - record.block.user;
}

const std::byte* user_of(const LargeRecord& record) noexcept {
  return reinterpret_cast<const std::byte*>(record.block.user);
}

Fault damaged_header(const LargeRecord& record, core::Moment moment) noexcept {
  const std::uintptr_t user = record.block.user;
  const auto* const must_be = reinterpret_cast<const std::uint8_t*>(record.header.words);
  const bool front = core::byte_at(user - 1) != must_be[core::kHeaderSize - 1];
  Fault fault =
      fault_at(front ? FaultKind::kHeapBufferUnderflow : FaultKind::kMetadataCorruption, moment, record);
  fault.damage = core::measure_damage({record.block.header, user}, user, body_of(record),
                                      [&](std::uintptr_t address) -> core::ExpectedByte {
                                        if (address < record.block.header || address >= user) return {};
                                        return {true, must_be[address - record.block.header]};
                                      });
  return fault;
}

Fault damaged_padding(const LargeRecord& record, std::uint64_t canary, core::Moment moment) noexcept {
  Fault fault = fault_at(FaultKind::kHeapBufferOverflow, moment, record);
  const std::uintptr_t begin = record.block.user + padding_begin(record);
  const std::uintptr_t end = record.mapping.body_end;
  fault.damage = core::measure_damage({begin, end}, record.block.user, body_of(record),
                                      [&](std::uintptr_t address) -> core::ExpectedByte {
                                        if (address < begin) return {};
                                        return {true, core::pattern_byte(canary, address)};
                                      });
  return fault;
}

bool is_new(core::Origin origin) noexcept {
  return origin == core::Origin::kNew || origin == core::Origin::kNewArray;
}

bool same_family(core::Origin allocated, core::Origin returned) noexcept {
  return is_new(allocated) || is_new(returned) ? allocated == returned : true;
}

bool alignment_matches(const core::BlockSnapshot& block, const core::FreeRequest& request) noexcept {
  if (!is_new(request.origin) && !request.alignment) return true;  // free() takes any alignment
  return request.alignment.value_or(0) == block.alignment;
}

}  // namespace

void lock_padding(const LargeRecord& record, const core::Keys& keys) noexcept {
  core::fill_canary(reinterpret_cast<std::byte*>(record.block.user), padding_begin(record),
                    padding_end(record), core::canary_of(record.block.user, keys));
}

std::size_t verify_large(const LargeRecord& record, const core::Keys& keys, core::Moment moment,
                         core::FaultSink& faults) noexcept {
  std::size_t found = 0;
  if (std::memcmp(reinterpret_cast<const void*>(record.block.header), &record.header, sizeof record.header) !=
      0) {
    faults.on_fault(damaged_header(record, moment));
    ++found;
  }
  const std::uint64_t canary = core::canary_of(record.block.user, keys);
  if (!core::canary_intact(user_of(record), padding_begin(record), padding_end(record), canary)) {
    faults.on_fault(damaged_padding(record, canary, moment));
    ++found;
  }
  return found;
}

core::Fault large_not_live(const LargeRecord& record, const core::FreeRequest& request) noexcept {
  const bool freeing = request.moment == core::Moment::kFree;
  Fault fault = fault_at(freeing ? FaultKind::kDoubleFree : FaultKind::kUseAfterFree, request.moment, record);
  fault.given_origin = request.origin;
  fault.address = record.block.user;
  return fault;
}

void report_large_mismatch(const LargeRecord& record, const core::FreeRequest& request,
                           core::FaultSink& faults) noexcept {
  FaultKind kind = FaultKind::kNone;
  std::uint64_t given = 0;
  if (!same_family(record.block.origin, request.origin)) {
    kind = FaultKind::kAllocDeallocMismatch;
  } else if (request.size && *request.size != record.block.requested) {
    kind = FaultKind::kDeleteSizeMismatch;
    given = *request.size;
  } else if (!alignment_matches(record.block, request)) {
    kind = FaultKind::kDeleteAlignmentMismatch;
    given = request.alignment.value_or(0);
  }
  if (kind == FaultKind::kNone) return;
  Fault fault = fault_at(kind, request.moment, record);
  fault.address = record.block.user;
  fault.given_origin = request.origin;
  fault.given = given;
  faults.on_fault(fault);
}

}  // namespace padlock::runtime
