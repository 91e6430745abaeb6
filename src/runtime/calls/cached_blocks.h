// The common malloc and free: blocks of the thread's own cache, with refills from its arena and surplus sent
// home. No lock but the arena's, and that only for refills and surplus. Called inside an Entry that
// has_cache().
#pragma once

#include <cstddef>

#include "core/config.h"
#include "runtime/calls/entry.h"
#include "runtime/memory/arena.h"
#include "runtime/memory/segment.h"
#include "runtime/threads/thread_state.h"

namespace padlock::runtime {

/// Null when the arena has no memory. Precondition: core::BlockCache::serves(request).
[[nodiscard]] void* take_cached(const Entry& entry, const core::AllocRequest& request) noexcept;

/// False, and nothing done, unless `pointer`, which lies in a segment of an arena, is a sound block that the
/// call may free and a cache may hold.
[[nodiscard]] inline bool give_to_cache(const Entry& entry, void* pointer,
                                        const core::FreeRequest& request) noexcept;

/// Whether `pointer`, which lies in a segment of an arena, is a sound live block; its header's fields.
[[nodiscard]] inline bool is_sound(const Entry& entry, const void* pointer,
                                   core::BlockFields& fields) noexcept;

/// Resizes where the old and the new block are for caches, in place or not; null, and nothing done, elsewhere
/// and where the memory for it is missing.
[[nodiscard]] void* resize_cached(const Entry& entry, void* pointer,
                                  const core::AllocRequest& request) noexcept;

/// Sends home what the cache has no room for.
void return_surplus(const Entry& entry) noexcept;
/// The same in an entry of its own, which reports what comes to light.
void return_surplus(const trace::FrameState& from) noexcept;
/// A block that did not verify goes back to where allocate() comes upon it next, for take_cached() to look
/// into. It was ready for a request of `size`.
void put_back(core::BlockCache& cache, std::size_t size, core::BlockSlot suspect) noexcept;

/// All blocks of a cache go home: the calling thread's, or any while the world is stopped.
void drain_cache(ThreadState& state, core::FaultSink& faults) noexcept;

/// What caches that were drained counted: see core::BlockCache::live_bytes_delta().
[[nodiscard]] std::size_t drained_live_bytes() noexcept;

/// Whether some thread's cache, or an arena on the way there, has the block: core::HeapConfig::is_cached.
/// Exact while the world is stopped.
bool is_cached(const core::BlockHeader* block, const void* context) noexcept;

inline bool is_sound(const Entry& entry, const void* pointer, core::BlockFields& fields) noexcept {
  return may_be_user_pointer(address_of(pointer)) && entry.cache().live_and_sound(pointer, fields);
}

inline bool give_to_cache(const Entry& entry, void* pointer, const core::FreeRequest& request) noexcept {
  if (!may_be_user_pointer(address_of(pointer)) || !entry.cache().deallocate(pointer, request)) [[unlikely]]
    return false;
  if (entry.cache().has_surplus()) [[unlikely]]
    return_surplus(entry);
  return true;
}

}  // namespace padlock::runtime
