// free and delete, from top to bottom: who holds the pointer, what the options forgive, and the holder's own
// way to take a block back. The common case never gets here (quick_path.h).
#include "runtime/calls/release.h"

#include "runtime/calls/allocator.h"
#include "runtime/calls/bad_call.h"
#include "runtime/calls/cached_blocks.h"
#include "runtime/calls/still_world.h"
#include "runtime/foreign/other_allocators.h"
#include "runtime/guarded/guard_sites.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/holders/pool_pieces.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/settings.h"
#include "runtime/pinpoint/watch.h"
#include "runtime/pinpoint/watched_site.h"

namespace padlock::runtime {
namespace {

constexpr bool is_of_new(core::Origin origin) noexcept {
  return origin == core::Origin::kNew || origin == core::Origin::kNewArray;
}

// What operator new gave in a process that uses another malloc is for that one's free.
bool is_from_process(const Place& place, void* pointer, core::Origin origin) noexcept {
  return settings.bystander && is_of_new(origin) && !holds_block(place, address_of(pointer));
}

// Notes which function the program called: damage that a delete finds is found "in delete".
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

void give_to_arena(const Entry& entry, Arena& arena, void* pointer,
                   const core::FreeRequest& request) noexcept {
  if (entry.has_cache() && give_to_cache(entry, pointer, request)) [[likely]]
    return;
  FaultsOfCall faults(entry.faults(), request);
  const StillWorld still(entry, pointer, request);
  arena.deallocate(pointer, request, faults);
}

void give_to_guarded_blocks(const Entry& entry, void* pointer, const core::FreeRequest& request) noexcept {
  FaultsOfCall faults(entry.faults(), request);
  const std::int64_t begun = guard_sites.now();
  if (watched_site.is_on()) end_watching(pointer);
  if (!guarded_blocks.deallocate(pointer, request, faults))
    invalid_pointer(pointer, request.moment, request.origin, faults);
  guard_sites.charge_since(begun);
}

void give_to_large_blocks(const Entry& entry, void* pointer, const core::FreeRequest& request) noexcept {
  FaultsOfCall faults(entry.faults(), request);
  if (watched_site.is_on()) end_watching(pointer);
  if (!large_blocks.deallocate(pointer, request, faults))
    invalid_pointer(pointer, request.moment, request.origin, faults);
}

}  // namespace

void release(void* pointer, const ReleaseCall& call, const trace::FrameState& from) noexcept {
  if (pointer == nullptr) return;
  const Place place = place_of(address_of(pointer));
  if (place.holder == Holder::kBootstrap) return;
  if (is_from_process(place, pointer, call.origin())) [[unlikely]]
    return settings.process_allocator.free(pointer);
  if (const NextAllocator* const next = passes_on(place, pointer); next != nullptr) [[unlikely]]
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
  forgive_by_option(place, pointer, request);
  verify_pieces_at(pointer, request.moment, entry.faults());
  give_back_memory(entry, place, pointer, request);
}

void give_back_memory(const Entry& entry, const Place& place, void* pointer,
                      const core::FreeRequest& request) noexcept {
  switch (place.holder) {
    [[likely]] case Holder::kArena : return give_to_arena(entry, *place.arena, pointer, request);
    case Holder::kGuarded:
      return give_to_guarded_blocks(entry, pointer, request);
    case Holder::kLarge:
      return give_to_large_blocks(entry, pointer, request);
    case Holder::kBootstrap:
    case Holder::kNobody:
      return invalid_pointer(pointer, request.moment, request.origin, entry.faults());
  }
}

}  // namespace padlock::runtime
