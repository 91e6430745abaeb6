// Leading calls to who holds the block.
#include "runtime/calls/heap_access.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/arith.h"
#include "runtime/calls/cached_blocks.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/arena_set.h"
#include "runtime/memory/segment.h"
#include "runtime/memory/settings.h"
#include "runtime/threads/new_process.h"
#include "runtime/threads/world.h"

namespace padlock::runtime {
namespace {

constexpr std::size_t kMaxArenaAlignment = 64 * 1024;  // beyond, most of a segment would be lost

bool fits_segment(const core::AllocRequest& request) noexcept {
  return request.size <= most_in_segment() && request.alignment <= kMaxArenaAlignment;
}

/// Once there are very many large blocks, new ones go where they cost no mappings of their own.
bool is_large(const core::AllocRequest& request) noexcept {
  if (request.alignment > kMaxArenaAlignment) return true;
  return request.size >= settings.large_threshold && !(large_blocks.crowded() && fits_segment(request));
}

/// Notes which function the program called: damage that a delete finds is found "in delete".
class FaultsOfCall final : public core::FaultSink {
 public:
  FaultsOfCall(FaultList& faults, const core::FreeRequest& request) noexcept
      : faults_(faults), request_(request) {}
  void on_fault(const core::Fault& fault) override {
    if (fault.moment != request_.moment) return faults_.on_fault(fault);
    core::Fault of_call = fault;
    of_call.given_origin = request_.origin;
    faults_.on_fault(of_call);
  }

 private:
  FaultList& faults_;
  const core::FreeRequest& request_;
};

void note_no_block(const void* pointer, core::Moment moment, core::Origin origin,
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

// Where resizing in place is out of the question.
void* move_memory(const Entry& entry, void* pointer, const core::AllocRequest& request) noexcept {
  const core::BlockSnapshot old = block_at(pointer);
  if (!old.present()) return nullptr;  // freed by another thread in this moment
  core::AllocRequest moved = request;
  moved.origin = old.origin;
  void* const target = take_memory(entry, moved).pointer;
  if (target == nullptr) return nullptr;
  std::memcpy(target, pointer, std::min<std::size_t>(old.requested, request.size));
  core::FreeRequest free_old;
  free_old.origin = old.origin;
  free_old.by = request.by;
  free_old.moment = core::Moment::kRealloc;
  if (old.alignment != 0) free_old.alignment = old.alignment;
  give_back_memory(entry, pointer, free_old);
  return target;
}

/// Stops the world if freeing `pointer` will find a fault: the heap then looks at blocks around it.
class StillWorld {
 public:
  StillWorld(const Entry& entry, const void* pointer, const core::FreeRequest& request) noexcept {
    core::BlockFields fields;
    const bool sound =
        is_sound(entry, pointer, fields) && core::mismatch(fields, request) == core::FaultKind::kNone;
    if (!sound) stopped_.emplace();
  }

 private:
  std::optional<StoppedWorld> stopped_;
};

// A long block that becomes much shorter leaves its place: a small one there would keep memory apart that is
// needed in one piece. Null, and nothing done, elsewhere and where that is not sound.
void* shrink_into_cache(const Entry& entry, void* pointer, const core::AllocRequest& request) noexcept {
  core::BlockFields old;
  if (!core::BlockCache::serves(request) || !is_sound(entry, pointer, old)) return nullptr;
  const bool fits_well = request.size >= old.requested / 2;
  if (fits_well || !core::families_match(old.origin, request.origin)) return nullptr;
  return move_memory(entry, pointer, request);
}

core::ResizeOutcome resize_in_arena(const Entry& entry, Arena& arena, void* pointer,
                                    const core::AllocRequest& request) noexcept {
  core::FreeRequest as_free;
  as_free.origin = request.origin;
  const StillWorld still(entry, pointer, as_free);
  return arena.resize(pointer, request, entry.faults());
}

FreshMemory take_pages(const core::AllocRequest& request) noexcept {
  FreshMemory memory;
  memory.pointer = large_blocks.allocate(request, memory.zeroed);
  return memory;
}

}  // namespace

FreshMemory take_memory(const Entry& entry, const core::AllocRequest& request) noexcept {
  const auto from_arenas = [&] {
    return arena_set.take_from_any(*entry.arena(),
                                   [&](Arena& arena) { return arena.allocate(request, entry.faults()); });
  };
  if (entry.has_cache() && core::BlockCache::serves(request)) [[likely]] {
    if (void* memory = take_cached(entry, request); memory != nullptr) [[likely]]
      return {memory, false};
  } else if (is_large(request)) {
    if (const FreshMemory memory = take_pages(request); memory.pointer != nullptr) return memory;
    if (!fits_segment(request)) return {};
    // The address space is used up by segments: there may be room in them.
    return {from_arenas(), false};
  }
  if (void* memory = from_arenas(); memory != nullptr) return {memory, false};
  large_blocks.flush_quarantine();  // its address space may be what is missing
  if (void* memory = from_arenas(); memory != nullptr) return {memory, false};
  return take_pages(request);  // where there is no room for a segment, a few pages may fit
}

void give_back_memory(const Entry& entry, void* pointer, const core::FreeRequest& request) noexcept {
  Arena* const arena = arena_set.of_address(address_of(pointer));
  if (arena != nullptr && entry.has_cache() && give_to_cache(entry, pointer, request)) [[likely]]
    return;
  FaultsOfCall faults(entry.faults(), request);
  if (arena != nullptr) {
    const StillWorld still(entry, pointer, request);
    arena->deallocate(pointer, request, faults);
  } else if (!large_blocks.deallocate(pointer, request, faults)) {
    note_no_block(pointer, request.moment, request.origin, faults);
  }
}

void* resize_memory(const Entry& entry, void* pointer, const core::AllocRequest& request,
                    bool& refused) noexcept {
  refused = false;
  if (Arena* arena = arena_set.of_address(address_of(pointer)); arena != nullptr) {
    if (entry.has_cache()) {
      if (void* const result = resize_cached(entry, pointer, request); result != nullptr) return result;
      if (void* const result = shrink_into_cache(entry, pointer, request); result != nullptr) return result;
    }
    const core::ResizeOutcome outcome = resize_in_arena(entry, *arena, pointer, request);
    refused = outcome == core::ResizeOutcome::kRefused;
    if (outcome == core::ResizeOutcome::kResized) return pointer;
    return refused ? nullptr : move_memory(entry, pointer, request);
  }
  LargeBlocks::Resized resized;
  if (!large_blocks.resize(pointer, request, settings.large_threshold, resized, entry.faults())) {
    note_no_block(pointer, core::Moment::kRealloc, request.origin, entry.faults());
    resized.refused = true;
  }
  refused = resized.refused;
  if (refused || resized.result != nullptr) return resized.result;
  return move_memory(entry, pointer, request);
}

std::size_t size_of_memory(const Entry& entry, const void* pointer) noexcept {
  if (Arena* arena = arena_set.of_address(address_of(pointer)); arena != nullptr) {
    core::BlockFields fields;
    if (is_sound(entry, pointer, fields)) return fields.requested;
    const StoppedWorld stopped;
    return arena->usable_size(pointer, entry.faults());
  }
  std::size_t size = 0;
  if (!large_blocks.usable_size(pointer, size, entry.faults())) {
    note_no_block(pointer, core::Moment::kUsableSize, core::Origin::kMalloc, entry.faults());
  }
  return size;
}

core::BlockSnapshot block_at(const void* pointer) noexcept {
  const std::uintptr_t address = address_of(pointer);
  Arena* const arena = arena_set.of_address(address);
  if (arena == nullptr) return large_blocks.find_exact(pointer);
  const core::BlockSnapshot block = arena->find_block(address);
  return block.user == address ? block : core::BlockSnapshot{};
}

}  // namespace padlock::runtime
