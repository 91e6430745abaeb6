// realloc and malloc_usable_size, from top to bottom: what a program asks of a block that it keeps. Who holds
// the block, then resizing it where it is, or moving it.
#include <cerrno>
#include <optional>

#include "base/arith.h"
#include "core/block/move_block.h"
#include "runtime/calls/allocator.h"
#include "runtime/calls/bad_call.h"
#include "runtime/calls/cached_blocks.h"
#include "runtime/calls/finish_allocation.h"
#include "runtime/calls/release.h"
#include "runtime/calls/still_world.h"
#include "runtime/calls/take.h"
#include "runtime/foreign/other_allocators.h"
#include "runtime/guarded/guard_sites.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/holders/place.h"
#include "runtime/holders/pool_pieces.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/bootstrap.h"
#include "runtime/memory/settings.h"
#include "runtime/pinpoint/watch.h"
#include "runtime/pinpoint/watched_site.h"
#include "runtime/threads/world.h"

namespace padlock::runtime {
namespace {

// For a block that moves: as fresh as one that was just allocated, but that it may be all zero.
void* take_fresh(const Entry& entry, const core::AllocRequest& request) noexcept {
  const FreshMemory memory = take_memory(entry, request);
  if (memory.pointer != nullptr && memory.zeroed) large_blocks.fill_fresh(memory.pointer, request.size);
  return memory.pointer;
}

// Where resizing in place is out of the question.
void* move_memory(const Entry& entry, const Place& place, void* pointer,
                  const core::AllocRequest& request) noexcept {
  const core::BlockSnapshot old = block_at(place, pointer);
  if (!old.present()) return nullptr;  // freed by another thread in this moment
  core::AllocRequest moved = request;
  moved.origin = old.origin;
  core::FreeRequest free_old;
  free_old.origin = old.origin;
  free_old.by = request.by;
  free_old.moment = core::Moment::kRealloc;
  if (old.alignment != 0) free_old.alignment = old.alignment;
  return core::move_block(
      pointer, old.requested, request.size, [&] { return take_fresh(entry, moved); },
      [&] { give_back_memory(entry, place, pointer, free_old); });
}

// A long block that becomes much shorter leaves its place: a small one there would keep memory apart that is
// needed in one piece. Null, and nothing done, elsewhere and where that is not sound.
void* shrink_into_cache(const Entry& entry, const Place& place, void* pointer,
                        const core::AllocRequest& request) noexcept {
  core::BlockFields old;
  if (!core::BlockCache::serves(request) || !is_sound(entry, pointer, old)) return nullptr;
  const bool fits_well = request.size >= old.requested / 2;
  if (fits_well || !core::families_match(old.origin, request.origin)) return nullptr;
  return move_memory(entry, place, pointer, request);
}

// One of the first blocks that a call site resizes is guarded, as those that others allocate are. Null, and
// nothing done, elsewhere and where that is not sound.
void* move_to_guards(const Entry& entry, const Place& place, void* pointer,
                     const core::AllocRequest& request) noexcept {
  core::BlockFields old;
  const bool wanted =
      guard_sites.is_new(request.by.trace) || (watched_site.is_on() && watched_site.takes(request.by));
  if (!wanted || !is_sound(entry, pointer, old) || !core::families_match(old.origin, request.origin))
    return nullptr;
  return move_memory(entry, place, pointer, request);
}

void* resize_in_arena(const Entry& entry, const Place& place, void* pointer,
                      const core::AllocRequest& request, bool& refused) noexcept {
  if (entry.has_cache()) {
    if (void* const result = move_to_guards(entry, place, pointer, request); result != nullptr) return result;
    if (void* const result = resize_cached(entry, pointer, request); result != nullptr) return result;
    if (void* const result = shrink_into_cache(entry, place, pointer, request); result != nullptr)
      return result;
  }
  core::FreeRequest as_free;
  as_free.origin = request.origin;
  core::ResizeOutcome outcome{};
  {
    const StillWorld still(entry, pointer, as_free);
    outcome = place.arena->resize(pointer, request, entry.faults());
  }
  refused = outcome == core::ResizeOutcome::kRefused;
  if (outcome == core::ResizeOutcome::kResized) return pointer;
  return refused ? nullptr : move_memory(entry, place, pointer, request);
}

void* resize_at_rest(const Entry& entry, const Place& place, void* pointer, const core::AllocRequest& request,
                     bool& refused) noexcept {
  const std::optional<LargeBlocks::Resized> resized =
      large_blocks.resize(pointer, request, settings.large_threshold, entry.faults());
  if (!resized) invalid_pointer(pointer, core::Moment::kRealloc, request.origin, entry.faults());
  refused = !resized || resized->refused;
  if (refused) return nullptr;
  if (resized->result != nullptr) return resized->result;
  return move_memory(entry, place, pointer, request);
}

void* resize_large(const Entry& entry, const Place& place, void* pointer, const core::AllocRequest& request,
                   bool& refused) noexcept {
  const bool may_be_watched = watched_site.is_on();
  if (may_be_watched) end_watching(pointer);
  void* const result = resize_at_rest(entry, place, pointer, request, refused);
  if (may_be_watched && result == nullptr) begin_watching(pointer);  // it stays what it was
  return result;
}

// Always moved: what still uses the old pointer is noticed then.
void* resize_guarded(const Entry& entry, const Place& place, void* pointer, const core::AllocRequest& request,
                     bool& refused) noexcept {
  core::FreeRequest as_free;
  as_free.origin = request.origin;
  as_free.by = request.by;
  as_free.moment = core::Moment::kRealloc;
  using Movable = GuardedBlocks::Movable;
  const Movable movable = guarded_blocks.prepare_to_move(pointer, as_free, entry.faults());
  if (movable == Movable::kNone)
    invalid_pointer(pointer, core::Moment::kRealloc, request.origin, entry.faults());
  refused = movable != Movable::kYes;
  return refused ? nullptr : move_memory(entry, place, pointer, request);
}

// Null: refused (a fault), or out of memory; `refused` says which.
void* resize_memory(const Entry& entry, const Place& place, void* pointer, const core::AllocRequest& request,
                    bool& refused) noexcept {
  switch (place.holder) {
    case Holder::kArena:
      return resize_in_arena(entry, place, pointer, request, refused);
    case Holder::kGuarded:
      return resize_guarded(entry, place, pointer, request, refused);
    case Holder::kLarge:
      return resize_large(entry, place, pointer, request, refused);
    case Holder::kBootstrap:
    case Holder::kNobody:
      break;
  }
  invalid_pointer(pointer, core::Moment::kRealloc, request.origin, entry.faults());
  refused = true;
  return nullptr;
}

// From the bootstrap heap to where blocks are checked.
void* move_from_bootstrap(const void* pointer, const AllocateCall& call,
                          const trace::FrameState& from) noexcept {
  return core::move_block(
      pointer, BootstrapHeap::size_of(pointer), call.size, [&] { return allocate(call, from); }, [] {});
}

// Where the allocator cannot be entered: the old block stays as it is and leaks. Null if its size is not
// known.
void* move_to_bootstrap(const Place& place, const void* pointer, std::size_t size) noexcept {
  const auto old = try_find_block(place, address_of(pointer));
  if (!old || !old->sealed || old->user != address_of(pointer)) return nullptr;
  return core::move_block(
      pointer, old->requested, size, [&] { return bootstrap_heap.allocate(size, 0); }, [] {});
}

void* resize(const Place& place, void* pointer, const AllocateCall& call,
             const trace::FrameState& from) noexcept {
  const Entry entry(from, call.call);
  if (!entry.granted()) {
    if (settings.aside) return next_allocator().realloc(pointer, call.size);
    void* const moved = move_to_bootstrap(place, pointer, call.size);
    return moved != nullptr ? moved : out_of_memory();
  }
  if (call.size > settings.max_size) return out_of_memory();
  core::AllocRequest request;
  request.size = call.size;
  request.origin = origin_for_realloc(place, pointer);
  request.by = entry.allocator();
  verify_pieces_at(pointer, core::Moment::kRealloc, entry.faults());
  bool refused = false;
  void* const result = resize_memory(entry, place, pointer, request, refused);
  if (result == nullptr) errno = refused ? EINVAL : ENOMEM;
  return result;
}

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
  const Place place = place_of(address_of(pointer));
  if (place.holder == Holder::kBootstrap) return move_from_bootstrap(pointer, call, from);
  if (const NextAllocator* const next = passes_on(place, pointer); next != nullptr) [[unlikely]]
    return next->realloc(pointer, call.size);
  void* const result = resize(place, pointer, call, from);
  if (result != nullptr) finish_allocation(result, from);
  if (result == nullptr && call.size > settings.max_size) {
    invalid_size(call, from);
    return out_of_memory();
  }
  return result;
}

std::size_t size_in_arena(const Entry& entry, Arena& arena, const void* pointer) noexcept {
  core::BlockFields fields;
  if (is_sound(entry, pointer, fields)) return fields.requested;
  const StoppedWorld stopped;
  return arena.usable_size(pointer, entry.faults());
}

std::size_t size_of_memory(const Entry& entry, const Place& place, const void* pointer) noexcept {
  if (place.holder == Holder::kArena) return size_in_arena(entry, *place.arena, pointer);
  std::optional<std::size_t> size;
  if (place.holder == Holder::kGuarded) size = guarded_blocks.usable_size(pointer, entry.faults());
  if (place.holder == Holder::kLarge) size = large_blocks.usable_size(pointer, entry.faults());
  if (!size) invalid_pointer(pointer, core::Moment::kUsableSize, core::Origin::kMalloc, entry.faults());
  return size.value_or(0);
}

}  // namespace

void* reallocate(void* pointer, std::size_t size, const trace::FrameState& from) noexcept {
  return reallocate(pointer, {size, 0, core::Call::kRealloc}, from);
}

void* reallocate_array(void* pointer, std::size_t count, std::size_t size,
                       const trace::FrameState& from) noexcept {
  const std::optional<std::size_t> bytes = checked_multiply(count, size);
  if (!bytes || (*bytes > kMaxSize && !settings.aside)) {
    invalid_product(core::Call::kReallocarray, count, size, from);
    return out_of_memory();
  }
  return reallocate(pointer, {*bytes, 0, core::Call::kReallocarray}, from);
}

std::size_t usable_size(const void* pointer, const trace::FrameState& from) noexcept {
  if (pointer == nullptr) return 0;
  const Place place = place_of(address_of(pointer));
  if (place.holder == Holder::kBootstrap) return BootstrapHeap::size_of(pointer);
  if (const NextAllocator* const next = passes_on(place, pointer); next != nullptr) [[unlikely]]
    return next->usable_size(const_cast<void*>(pointer));
  const Entry entry(from, core::Call::kMallocUsableSize);
  if (settings.aside) return next_allocator().usable_size(const_cast<void*>(pointer));
  return entry.granted() ? size_of_memory(entry, place, pointer) : 0;
}

}  // namespace padlock::runtime
