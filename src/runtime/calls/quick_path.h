// The malloc and free of most calls, in one piece without a call: the thread is known, its cache has a block
// of the size, or the pointer is a sound block that the cache takes. Everything else is left to
// allocator.cpp.
#pragma once

#include <cstddef>
#include <cstring>
#include <optional>

#include "base/arith.h"
#include "runtime/calls/cached_blocks.h"
#include "runtime/calls/checks.h"
#include "runtime/calls/entry.h"
#include "runtime/memory/segment.h"
#include "runtime/memory/segment_table.h"

namespace padlock::runtime {

/// The stack of a call that allocates, where the memo does not know it. True, and outside, where its block is
/// to be guarded.
[[gnu::always_inline]] inline bool is_guarded_anew(ThreadState& state, const trace::FrameState& from,
                                                   core::Caller& by) noexcept {
  by = caller_anew(state, from.copy());
  if (!is_for_guards(state, by.trace)) [[likely]]
    return false;
  Door::step_outside();
  return true;
}

/// Null, and nothing done, where the call is out of the ordinary.
[[gnu::always_inline]] inline void* allocate_quickly(std::size_t size, core::Origin origin,
                                                     const trace::FrameState& from) noexcept {
  if (size > core::size_class::kMostRequested || work_after_allocation.load(std::memory_order_relaxed) ||
      !Door::is_near()) [[unlikely]]
    return nullptr;
  ThreadState& state = *thread_slot.state;
  if (!Door::step_inside()) [[unlikely]]
    return nullptr;
  core::AllocRequest request;
  request.size = size;
  request.origin = origin;
  request.by = {.trace = state.unwinder.recall(from), .thread = state.index};
  if (request.by.trace == 0) [[unlikely]] {
    if (is_guarded_anew(state, from, request.by)) return nullptr;
  }
  // Inside only: a thread that stops the world may drain the cache.
  if (!state.cache.has_ready(size)) [[unlikely]] {
    Door::step_outside();
    return nullptr;
  }
  request.by.number = number_source.take(state.numbers);
  core::BlockSlot suspect;
  void* const memory = state.cache.allocate_ready(request, suspect);
  if (memory == nullptr) [[unlikely]] {
    NumberSource::give_back(state.numbers);
    put_back(state.cache, size, suspect);
  }
  Door::step_outside();
  return memory;
}

/// The same for calloc.
[[gnu::always_inline]] inline void* allocate_zeroed_quickly(std::size_t count, std::size_t size,
                                                            const trace::FrameState& from) noexcept {
  const std::optional<std::size_t> bytes = checked_multiply(count, size);
  if (!bytes) [[unlikely]]
    return nullptr;
  void* const memory = allocate_quickly(*bytes, core::Origin::kMalloc, from);
  return memory == nullptr ? nullptr : std::memset(memory, 0, *bytes);
}

/// Whether `pointer` may be one that malloc gave, and the calling thread can step inside.
[[gnu::always_inline]] inline bool is_common_call_for(const void* pointer) noexcept {
  const std::uintptr_t address = address_of(pointer);
  const SlotMark mark = segment_table.mark_of(address);
  return is_common(mark) && is_common_user_pointer(address, mark) && Door::is_near();
}

/// False, and nothing done, where the call is out of the ordinary.
[[gnu::always_inline]] inline bool release_quickly(void* pointer, const core::FreeRequest& call,
                                                   const trace::FrameState& from) noexcept {
  if (!is_common_call_for(pointer)) [[unlikely]]
    return false;
  core::BlockCache::prefetch(pointer);
  ThreadState& state = *thread_slot.state;
  if (!Door::step_inside()) [[unlikely]]
    return false;
  core::FreeRequest request = call;
  request.by = caller_of(state, from);
  const bool done = state.cache.deallocate_plain(pointer, request);
  const bool surplus = state.cache.has_surplus();
  Door::step_outside();
  if (surplus) [[unlikely]]
    return_surplus(from.copy());
  return done;
}

/// Null, and nothing done, where the call is out of the ordinary.
[[gnu::always_inline]] inline void* reallocate_quickly(void* pointer, std::size_t size,
                                                       const trace::FrameState& from) noexcept {
  if (size - 1 >= core::size_class::kMostRequested || work_after_allocation.load(std::memory_order_relaxed) ||
      !is_common_call_for(pointer)) [[unlikely]]
    return nullptr;
  core::BlockCache::prefetch(pointer);
  ThreadState& state = *thread_slot.state;
  if (!Door::step_inside()) [[unlikely]]
    return nullptr;
  core::AllocRequest request;
  request.size = size;
  request.by = {.trace = state.unwinder.recall(from), .thread = state.index};
  if (request.by.trace == 0) [[unlikely]] {
    if (is_guarded_anew(state, from, request.by)) return nullptr;
  }
  request.by.number = number_source.take(state.numbers);
  core::BlockSlot suspect;
  void* const memory = state.cache.reallocate_plain(pointer, request, suspect);
  if (memory == nullptr) [[unlikely]]
    NumberSource::give_back(state.numbers);
  if (suspect.block != nullptr) [[unlikely]]
    put_back(state.cache, size, suspect);
  const bool surplus = state.cache.has_surplus();
  Door::step_outside();
  if (surplus) [[unlikely]]
    return_surplus(from.copy());
  return memory;
}

}  // namespace padlock::runtime
