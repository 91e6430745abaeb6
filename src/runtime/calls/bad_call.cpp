// Bad calls.
#include "runtime/calls/bad_call.h"

#include <algorithm>
#include <cstring>

#include "runtime/calls/entry.h"
#include "runtime/calls/heap_access.h"
#include "runtime/holders/find_block.h"
#include "runtime/memory/bootstrap.h"
#include "runtime/memory/settings.h"

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

}  // namespace

// A realloc of null allocates, and is reported as the call that it is.
void invalid_size(const AllocateCall& call, const trace::FrameState& from) noexcept {
  const bool resizes = call.call == core::Call::kRealloc || call.call == core::Call::kReallocarray;
  const core::Moment moment = resizes ? core::Moment::kRealloc : core::Moment::kAllocate;
  refuse(core::FaultKind::kInvalidSize, moment, call.size, call.call, from);
}

void invalid_product(core::Call call, const trace::FrameState& from) noexcept {
  constexpr std::size_t kNoSize = 0;  // how a report tells it from a size that is too large
  refuse(core::FaultKind::kInvalidSize, core::Moment::kAllocate, kNoSize, call, from);
}

void invalid_alignment(const AllocateCall& call, const trace::FrameState& from) noexcept {
  refuse(core::FaultKind::kInvalidAlignment, core::Moment::kAllocate, call.alignment, call.call, from);
}

void forgive_by_option(const void* pointer, core::FreeRequest& request) noexcept {
  if (settings.options.alloc_dealloc_mismatch && settings.options.delete_size_mismatch) [[likely]]
    return;
  const core::BlockSnapshot block = block_at(pointer);
  if (!block.present() || !block.sealed) return;
  if (!settings.options.alloc_dealloc_mismatch) request.origin = block.origin;
  if (settings.options.delete_size_mismatch) return;
  request.size.reset();
  request.alignment.reset();
  if (block.alignment != 0) request.alignment = block.alignment;
}

core::Origin origin_for_realloc(const void* pointer) noexcept {
  if (settings.options.alloc_dealloc_mismatch) [[likely]]
    return core::Origin::kMalloc;
  const core::BlockSnapshot block = block_at(pointer);
  return block.present() && block.sealed ? block.origin : core::Origin::kMalloc;
}

void* bootstrap_resize(void* pointer, std::size_t size) noexcept {
  const core::BlockSnapshot old = try_find_block(reinterpret_cast<std::uintptr_t>(pointer));
  if (!old.sealed || old.user != reinterpret_cast<std::uintptr_t>(pointer)) return nullptr;
  void* const target = bootstrap_heap.allocate(size, 0);
  if (target != nullptr) std::memcpy(target, pointer, std::min<std::size_t>(old.requested, size));
  return target;
}

}  // namespace padlock::runtime
