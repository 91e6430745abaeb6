// malloc, calloc and their kin that allocate: sizes, alignments, errno.
#include "runtime/calls/allocator.h"

#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>

#include "base/arith.h"
#include "os/errno_keeper.h"
#include "os/memory.h"
#include "runtime/calls/bad_call.h"
#include "runtime/calls/entry.h"
#include "runtime/calls/finish_allocation.h"
#include "runtime/calls/take.h"
#include "runtime/foreign/other_allocators.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/bootstrap.h"
#include "runtime/memory/settings.h"

namespace padlock::runtime {
namespace {

constexpr std::size_t kMaxAlignment = std::size_t{1} << 46;

// Where the allocator cannot be entered.
FreshMemory take_elsewhere(const AllocateCall& call) noexcept {
  if (!settings.aside) return {bootstrap_heap.allocate(call.size, call.alignment), true};
  const NextAllocator& next = next_allocator();
  return {call.alignment == 0 ? next.malloc(call.size) : next.memalign(call.alignment, call.size), false};
}

FreshMemory take(const AllocateCall& call, const trace::FrameState& from) noexcept {
  const Entry entry(from, call.call);
  if (!entry.granted()) return take_elsewhere(call);
  if (call.size > settings.max_size) return {};
  const FreshMemory memory =
      take_memory(entry, {call.size, call.alignment, call.origin(), entry.allocator()});
  const bool fills = memory.pointer != nullptr && memory.zeroed && call.call != core::Call::kCalloc;
  if (!fills) return memory;
  large_blocks.fill_fresh(memory.pointer, call.size);  // memory of arenas is filled by these
  return {memory.pointer, false};
}

FreshMemory checked_take(const AllocateCall& call, const trace::FrameState& from) noexcept {
  if (call.size > kMaxSize) {
    invalid_size(call, from);
    return {out_of_memory(), false};
  }
  if (call.alignment > kMaxAlignment) return {out_of_memory(), false};
  const FreshMemory memory = take(call, from);
  if (memory.pointer == nullptr) {
    if (call.size > settings.max_size) invalid_size(call, from);
    return {out_of_memory(), false};
  }
  finish_allocation(memory.pointer, from);
  return memory;
}

constexpr bool is_of_new(core::Origin origin) noexcept {
  return origin == core::Origin::kNew || origin == core::Origin::kNewArray;
}

// Operator new of a process that uses another malloc: what it gives may be given to that one's free.
void* allocate_from_process(const AllocateCall& call, const trace::FrameState& from) noexcept {
  // The process need not have more than malloc of its own; ours knows its blocks in delete.
  if (call.alignment != 0) return checked_take(call, from).pointer;
  return settings.process_allocator.malloc(call.size);
}

}  // namespace

void* allocate(const AllocateCall& call, const trace::FrameState& from) noexcept {
  if (call.alignment != 0 && !std::has_single_bit(call.alignment)) [[unlikely]] {
    invalid_alignment(call, from);  // an std::align_val_t that no type has
    return out_of_memory();
  }
  if (settings.bystander && is_of_new(call.origin())) [[unlikely]]
    return allocate_from_process(call, from);
  return checked_take(call, from).pointer;
}

void* allocate_zeroed(std::size_t count, std::size_t size, const trace::FrameState& from) noexcept {
  const std::optional<std::size_t> bytes = checked_multiply(count, size);
  if (!bytes) {
    invalid_product(core::Call::kCalloc, count, size, from);
    return out_of_memory();
  }
  if (settings.aside) [[unlikely]]
    return next_allocator().calloc(count, size);
  if (*bytes > kMaxSize) {
    invalid_product(core::Call::kCalloc, count, size, from);
    return out_of_memory();
  }
  const FreshMemory memory = checked_take({.size = *bytes, .call = core::Call::kCalloc}, from);
  if (memory.pointer != nullptr && !memory.zeroed) std::memset(memory.pointer, 0, *bytes);
  return memory.pointer;
}

void* allocate_aligned(const AllocateCall& call, const trace::FrameState& from) noexcept {
  if (call.alignment == 0) return allocate(call, from);
  if (!std::has_single_bit(call.alignment)) {
    invalid_alignment(call, from);
    if (std::countl_zero(call.alignment) == 0) {  // the next power of two is no size_t
      os::set_errno(EINVAL);
      return nullptr;
    }
  }
  return allocate({call.size, std::bit_ceil(call.alignment), call.call}, from);
}

int allocate_posix(void** result, std::size_t alignment, std::size_t size,
                   const trace::FrameState& from) noexcept {
  const AllocateCall call{size, alignment, core::Call::kPosixMemalign};
  if (!std::has_single_bit(alignment) || alignment % sizeof(void*) != 0) {
    invalid_alignment(call, from);
    return EINVAL;
  }
  const os::ErrnoKeeper keeper;
  void* const memory = allocate(call, from);
  if (memory == nullptr) return ENOMEM;
  *result = memory;
  return 0;
}

void* allocate_page_aligned(std::size_t size, const trace::FrameState& from) noexcept {
  return allocate({size, os::page_size(), core::Call::kValloc}, from);
}

void* allocate_pages(std::size_t size, const trace::FrameState& from) noexcept {
  const std::size_t whole = size > kMaxSize ? size : align_up(size, os::page_size());
  return allocate({whole, os::page_size(), core::Call::kPvalloc}, from);
}

}  // namespace padlock::runtime
