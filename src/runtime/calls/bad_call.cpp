// Faults of sizes and alignments, and the mismatches that options allow.
#include "runtime/calls/bad_call.h"

#include "base/arith.h"
#include "os/relocation.h"
#include "runtime/calls/entry.h"
#include "runtime/holders/read_value.h"
#include "runtime/memory/settings.h"
#include "runtime/threads/new_process.h"

namespace padlock::runtime {
namespace {

void refuse(core::FaultKind kind, core::Moment moment, std::size_t given, core::Call call,
            const trace::FrameState& from) noexcept {
  const Entry entry(from, call);  // the options are read by now
  if (!entry.granted() || settings.options.allocator_may_return_null) return;
  core::Fault fault;
  fault.kind = kind;
  fault.moment = moment;
  fault.given = given;
  fault.given_origin = core::origin_of(call);
  entry.faults().on_fault(fault);
}

// Whatever the options say of impossible sizes: this one was read from memory that holds none.
bool is_read_value(std::size_t size, core::Moment moment, core::Call call,
                   const trace::FrameState& from) noexcept {
  if (!os::is_relocated()) return false;
  core::Fault fault = explain_value(size, core::ReadValue::Use::kSize);
  if (fault.kind == core::FaultKind::kNone) return false;
  const Entry entry(from, call);
  if (!entry.granted()) return false;
  fault.moment = moment;
  fault.given_origin = core::origin_of(call);
  entry.faults().on_fault(fault);
  return true;
}

}  // namespace

// A realloc of null allocates, and is reported as the call that it is.
void invalid_size(const AllocateCall& call, const trace::FrameState& from) noexcept {
  const core::Moment moment = is_resize(call.call) ? core::Moment::kRealloc : core::Moment::kAllocate;
  if (is_read_value(call.size, moment, call.call, from)) return;
  refuse(core::FaultKind::kInvalidSize, moment, call.size, call.call, from);
}

void invalid_product(core::Call call, std::size_t count, std::size_t size,
                     const trace::FrameState& from) noexcept {
  constexpr std::size_t kNoSize = 0;  // how a report distinguishes it from a size that is too large
  const std::size_t given = checked_multiply(count, size).value_or(kNoSize);
  for (const std::size_t factor : {count, size}) {
    if (is_read_value(factor, core::Moment::kAllocate, call, from)) return;
  }
  refuse(core::FaultKind::kInvalidSize, core::Moment::kAllocate, given, call, from);
}

void invalid_alignment(const AllocateCall& call, const trace::FrameState& from) noexcept {
  refuse(core::FaultKind::kInvalidAlignment, core::Moment::kAllocate, call.alignment, call.call, from);
}

void invalid_pointer(const void* pointer, core::Moment moment, core::Origin origin,
                     core::FaultSink& faults) noexcept {
  if (has_lost_blocks()) return;
  core::Fault fault;
  fault.kind = core::FaultKind::kInvalidFree;
  fault.moment = moment;
  fault.given_origin = origin;
  fault.address = address_of(pointer);
  fault.pointer_class = core::PointerClass::kUnknown;
  faults.on_fault(fault);
}

void forgive_by_option(const Place& place, const void* pointer, core::FreeRequest& request) noexcept {
  if (settings.options.alloc_dealloc_mismatch && settings.options.delete_size_mismatch) [[likely]]
    return;
  const core::BlockSnapshot block = block_at(place, pointer);
  if (!block.sealed) return;
  if (!settings.options.alloc_dealloc_mismatch) request.origin = block.origin;
  if (settings.options.delete_size_mismatch) return;
  request.size.reset();
  request.alignment.reset();
  if (block.alignment != 0) request.alignment = block.alignment;
}

core::Origin origin_for_realloc(const Place& place, const void* pointer) noexcept {
  if (settings.options.alloc_dealloc_mismatch) [[likely]]
    return core::Origin::kMalloc;
  const core::BlockSnapshot block = block_at(place, pointer);
  return block.sealed ? block.origin : core::Origin::kMalloc;
}

}  // namespace padlock::runtime
