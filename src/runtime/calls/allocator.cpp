// The policy of the malloc family.
#include "runtime/calls/allocator.h"

#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "base/arith.h"
#include "os/memory.h"
#include "runtime/calls/bad_call.h"
#include "runtime/calls/cached_blocks.h"
#include "runtime/calls/checks.h"
#include "runtime/calls/entry.h"
#include "runtime/calls/heap_access.h"
#include "runtime/calls/trim.h"
#include "runtime/foreign/other_allocators.h"
#include "runtime/holders/find_block.h"
#include "runtime/memory/arena_set.h"
#include "runtime/memory/bootstrap.h"
#include "runtime/memory/settings.h"

namespace padlock::runtime {
namespace {

constexpr std::size_t kMaxSize = PTRDIFF_MAX;
constexpr std::size_t kMaxAlignment = std::size_t{1} << 46;

void* out_of_memory() noexcept {
  errno = ENOMEM;
  return nullptr;
}

// What is left to do when the call is over and no lock is held.
void finish_allocation(const trace::FrameState& from) noexcept {
  if (work_after_allocation.load(std::memory_order_relaxed)) [[unlikely]]
    check_after_allocation(from);
  if (trim_due.load(std::memory_order_relaxed)) [[unlikely]]
    trim_where_due(from);
}

// Where the allocator cannot be entered.
FreshMemory take_elsewhere(const AllocateCall& call) noexcept {
  if (!settings.aside) return {bootstrap_heap.allocate(call.size, call.alignment), true};
  const NextAllocator& next = next_allocator();
  return {call.alignment == 0 ? next.malloc(call.size) : next.memalign(call.alignment, call.size), false};
}

FreshMemory take(const AllocateCall& call, const trace::FrameState& from) noexcept {
  const Entry entry(from, call.call);
  if (!entry.granted()) return take_elsewhere(call);
  return take_memory(entry, {call.size, call.alignment, call.origin(), entry.allocator()});
}

FreshMemory checked_take(const AllocateCall& call, const trace::FrameState& from) noexcept {
  if (call.size > kMaxSize) {
    invalid_size(call, from);
    return {out_of_memory(), false};
  }
  if (call.alignment > kMaxAlignment) return {out_of_memory(), false};
  const FreshMemory memory = take(call, from);
  if (memory.pointer == nullptr) return {out_of_memory(), false};
  finish_allocation(from);
  return memory;
}

// From the bootstrap heap to where blocks are checked.
void* move_from_bootstrap(const void* pointer, const AllocateCall& call,
                          const trace::FrameState& from) noexcept {
  void* const target = allocate(call, from);
  if (target == nullptr) return nullptr;
  const std::size_t old_size = BootstrapHeap::size_of(pointer);
  std::memcpy(target, pointer, old_size < call.size ? old_size : call.size);
  return target;
}

void* resize(void* pointer, const AllocateCall& call, const trace::FrameState& from) noexcept {
  const Entry entry(from, call.call);
  if (!entry.granted()) {
    if (settings.aside) return next_allocator().realloc(pointer, call.size);
    void* const moved = bootstrap_resize(pointer, call.size);
    return moved != nullptr ? moved : out_of_memory();
  }
  core::AllocRequest request;
  request.size = call.size;
  request.origin = origin_for_realloc(pointer);
  request.by = entry.allocator();
  bool refused = false;
  void* const result = resize_memory(entry, pointer, request, refused);
  if (result == nullptr) errno = refused ? EINVAL : ENOMEM;
  return result;
}

constexpr bool is_resize(core::Call call) noexcept {
  return call == core::Call::kRealloc || call == core::Call::kReallocarray;
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

bool is_from_process(void* pointer) noexcept { return !try_find_block(address_of(pointer)).present(); }

void* reallocate(void* pointer, const AllocateCall& call, const trace::FrameState& from) noexcept {
  if (pointer == nullptr) return allocate(call, from);
  if (call.size == 0) {
    release(pointer, {.call = call.call, .size = {}, .alignment = {}}, from);
    return nullptr;
  }
  if (call.size > kMaxSize) {
    invalid_size(call, from);
    return out_of_memory();
  }
  if (BootstrapHeap::owns(pointer)) return move_from_bootstrap(pointer, call, from);
  if (const NextAllocator* const next = passes_on(pointer); next != nullptr) [[unlikely]]
    return next->realloc(pointer, call.size);
  void* const result = resize(pointer, call, from);
  if (result != nullptr) finish_allocation(from);
  return result;
}

}  // namespace

void* allocate(const AllocateCall& call, const trace::FrameState& from) noexcept {
  if (settings.bystander && is_of_new(call.origin())) [[unlikely]]
    return allocate_from_process(call, from);
  return checked_take(call, from).pointer;
}

void* allocate_zeroed(std::size_t count, std::size_t size, const trace::FrameState& from) noexcept {
  AllocateCall call{.call = core::Call::kCalloc};
  if (!checked_multiply(count, size, call.size)) {
    invalid_product(call.call, from);
    return out_of_memory();
  }
  if (settings.aside) [[unlikely]]
    return next_allocator().calloc(count, size);
  const FreshMemory memory = checked_take(call, from);
  if (memory.pointer != nullptr && !memory.zeroed) std::memset(memory.pointer, 0, call.size);
  return memory.pointer;
}

void* allocate_aligned(const AllocateCall& call, const trace::FrameState& from) noexcept {
  if (call.alignment == 0) return allocate(call, from);
  if (!std::has_single_bit(call.alignment)) {
    invalid_alignment(call, from);
    constexpr std::size_t kLargest = ~(SIZE_MAX >> 1);
    if (call.alignment > kLargest) {
      errno = EINVAL;
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
  const int before = errno;
  void* const memory = allocate(call, from);
  errno = before;
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

void release(void* pointer, const ReleaseCall& call, const trace::FrameState& from) noexcept {
  if (pointer == nullptr || BootstrapHeap::owns(pointer)) return;
  if (settings.bystander && is_of_new(call.origin()) && is_from_process(pointer)) [[unlikely]]
    return settings.process_allocator.free(pointer);
  if (const NextAllocator* const next = passes_on(pointer); next != nullptr) [[unlikely]]
    return next->free(pointer);
  const Entry entry(from, call.call);
  if (!entry.granted()) {
    if (settings.aside) next_allocator().free(pointer);
    return;  // a leak is better than a lock taken twice
  }
  core::FreeRequest request;
  request.origin = call.origin();
  request.size = call.size;
  request.alignment = call.alignment;
  request.by = entry.caller();
  if (is_resize(call.call)) request.moment = core::Moment::kRealloc;
  forgive_by_option(pointer, request);
  give_back_memory(entry, pointer, request);
}

void* reallocate(void* pointer, std::size_t size, const trace::FrameState& from) noexcept {
  return reallocate(pointer, {size, 0, core::Call::kRealloc}, from);
}

void* reallocate_array(void* pointer, std::size_t count, std::size_t size,
                       const trace::FrameState& from) noexcept {
  std::size_t bytes = 0;
  if (!checked_multiply(count, size, bytes)) {
    invalid_product(core::Call::kReallocarray, from);
    return out_of_memory();
  }
  return reallocate(pointer, {bytes, 0, core::Call::kReallocarray}, from);
}

std::size_t usable_size(const void* pointer, const trace::FrameState& from) noexcept {
  if (pointer == nullptr) return 0;
  if (BootstrapHeap::owns(pointer)) return BootstrapHeap::size_of(pointer);
  if (const NextAllocator* const next = passes_on(pointer); next != nullptr) [[unlikely]]
    return next->usable_size(const_cast<void*>(pointer));
  const Entry entry(from, core::Call::kMallocUsableSize);
  if (settings.aside) return next_allocator().usable_size(const_cast<void*>(pointer));
  return entry.granted() ? size_of_memory(entry, pointer) : 0;
}

}  // namespace padlock::runtime
