// malloc_usable_size.
#include "runtime/calls/allocator.h"
#include "runtime/calls/bad_call.h"
#include "runtime/calls/cached_blocks.h"
#include "runtime/foreign/other_allocators.h"
#include "runtime/holders/place.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/bootstrap.h"
#include "runtime/memory/settings.h"
#include "runtime/threads/world.h"

namespace padlock::runtime {
namespace {

std::size_t size_in_arena(const Entry& entry, Arena& arena, const void* pointer) noexcept {
  core::BlockFields fields;
  if (is_sound(entry, pointer, fields)) return fields.requested;
  const StoppedWorld stopped;
  return arena.usable_size(pointer, entry.faults());
}

std::size_t size_of_memory(const Entry& entry, const Place& place, const void* pointer) noexcept {
  if (place.holder == Holder::kArena) return size_in_arena(entry, *place.arena, pointer);
  std::size_t size = 0;
  if (place.holder != Holder::kLarge || !large_blocks.usable_size(pointer, size, entry.faults()))
    invalid_pointer(pointer, core::Moment::kUsableSize, core::Origin::kMalloc, entry.faults());
  return size;
}

}  // namespace

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
