// Guarded blocks: allocating, freeing, checking, looking up.
#include "runtime/guarded/guarded_blocks.h"

#include "base/arith.h"
#include "base/random.h"
#include "core/block/header.h"
#include "core/block/mismatch.h"
#include "core/block/sealed_block.h"
#include "os/memory.h"
#include "runtime/memory/pool_marks.h"

namespace padlock::runtime {

constinit GuardedBlocks guarded_blocks;

namespace {

std::optional<std::uint32_t> area_of(const core::AllocRequest& request) noexcept {
  const std::size_t page = os::page_size();
  return GuardedRegion::area_for(guarded_room_size(request.size, request.alignment, page), page);
}

}  // namespace

void GuardedBlocks::set_up(const core::Keys& keys, const Limits& limits) noexcept {
  keys_ = keys;
  limits_ = limits;
}

bool GuardedBlocks::begin() noexcept {
  const os::LockGuard guard(lock_);
  return region_.present() || region_.map(limits_.region_bytes, limits_.all_mappings);
}

bool GuardedBlocks::can_hold(const core::AllocRequest& request) noexcept {
  return area_of(request).has_value();
}

void* GuardedBlocks::allocate(const core::AllocRequest& request, GuardedSide side) noexcept {
  const std::optional<std::uint32_t> area = area_of(request);
  if (!area || !region_.present()) return nullptr;
  std::optional<SlotId> slot;
  GuardedBlock block;
  {
    const os::LockGuard guard(lock_);
    slot = take_slot(*area);
    if (!slot) return nullptr;
    block = describe(*slot, request, side);
    if (!region_.open(*slot, block.data)) {
      give_slot_back(*slot);
      return nullptr;
    }
  }
  lock_slack(block);
  const os::LockGuard guard(lock_);
  write_record(region_.record(*slot), block);
  ++stats_.live_blocks;
  ++stats_.made;
  stats_.live_bytes += request.size;
  open_bytes_.fetch_add(block.data.size(), std::memory_order_relaxed);
  return reinterpret_cast<void*>(block.block.user);
}

GuardedBlock GuardedBlocks::describe(SlotId slot, const core::AllocRequest& request,
                                     GuardedSide side) const noexcept {
  const GuardedLayout layout =
      lay_out_guarded(region_.room(slot), request.size, request.alignment, side, limits_.exact);
  GuardedBlock described;
  described.data = layout.data;
  described.place = GuardedPlace::kOpen;
  core::BlockSnapshot& block = described.block;
  block.user = layout.user;
  block.header = layout.user - core::kHeaderSize;
  block.block_size = layout.data.end - block.header;
  block.requested = request.size;
  block.alignment = request.alignment;
  block.number = request.by.number;
  block.alloc_trace = request.by.trace;
  block.alloc_thread = request.by.thread;
  block.origin = request.origin;
  block.sealed = true;
  described.canary = core::canary_of(static_cast<std::uint32_t>(mix64(block.user) ^ block.number), keys_);
  return described;
}

// A fresh one, unless enough has been freed since the oldest of those that were.
std::optional<SlotId> GuardedBlocks::take_slot(std::uint32_t area) noexcept {
  Area& known = areas_[area];
  const bool full = known.freed * GuardedRegion::slot_size(area) >= limits_.quarantine_bytes;
  const std::uint32_t used = used_[area].load(std::memory_order_relaxed);
  if (used < region_.slots_in(area) && !full) {
    used_[area].store(used + 1, std::memory_order_relaxed);
    return SlotId{area, used};
  }
  if (known.oldest == 0) return std::nullopt;
  const SlotId slot{area, known.oldest - 1};
  GuardedRecord& record = region_.record(slot);
  known.oldest = record.newer;
  if (known.oldest == 0) known.newest = 0;
  --known.freed;
  --stats_.quarantined_blocks;
  stats_.quarantined_bytes -= GuardedRegion::slot_size(area);
  GuardedBlock block = record.known.read();
  block.place = GuardedPlace::kUnused;
  write_record(record, block);
  return slot;
}

void GuardedBlocks::give_slot_back(SlotId slot) noexcept {
  Area& area = areas_[slot.area];
  region_.record(slot).newer = 0;
  if (area.newest != 0) region_.record({slot.area, area.newest - 1}).newer = slot.index + 1;
  area.newest = slot.index + 1;
  if (area.oldest == 0) area.oldest = area.newest;
  ++area.freed;
  ++stats_.quarantined_blocks;
  stats_.quarantined_bytes += GuardedRegion::slot_size(slot.area);
}

GuardedRecord* GuardedBlocks::exact_record(const void* pointer, SlotId& slot,
                                           GuardedBlock& block) const noexcept {
  const std::optional<SlotId> found = region_.slot_at(address_of(pointer));
  if (!found) return nullptr;
  GuardedRecord& record = region_.record(*found);
  block = record.known.read();
  slot = *found;
  return block.present() && block.block.user == address_of(pointer) ? &record : nullptr;
}

bool GuardedBlocks::deallocate(void* pointer, const core::FreeRequest& request,
                               core::FaultSink& faults) noexcept {
  SlotId slot;
  GuardedBlock block;
  {
    const os::LockGuard guard(lock_);
    GuardedRecord* const record = exact_record(pointer, slot, block);
    if (record == nullptr) return false;
    if (!block.live()) {
      faults.on_fault(core::not_live_fault(block.block, request));
      return true;
    }
    const core::FaultKind kind = core::mismatch(core::terms_of(block.block), request);
    if (kind != core::FaultKind::kNone) faults.on_fault(core::mismatch_fault(kind, block.block, request));
    verify_slack(block, request.moment, faults);
    --stats_.live_blocks;
    stats_.live_bytes -= block.block.requested;
    open_bytes_.fetch_sub(block.data.size(), std::memory_order_relaxed);
    block.block.state = core::BlockState::kQuarantined;
    block.block.free_trace = request.by.trace;
    block.block.free_thread = request.by.thread;
    block.place = GuardedPlace::kClosed;
    write_record(*record, block);
    pool_marks.forget(block.block.user);
  }
  region_.close(slot, block.data);
  const os::LockGuard guard(lock_);
  give_slot_back(slot);
  return true;
}

GuardedBlocks::Movable GuardedBlocks::prepare_to_move(const void* pointer, const core::FreeRequest& request,
                                                      core::FaultSink& faults) noexcept {
  const os::LockGuard guard(lock_);
  SlotId slot;
  GuardedBlock block;
  if (exact_record(pointer, slot, block) == nullptr) return Movable::kNone;
  if (!block.live()) {
    faults.on_fault(core::not_live_fault(block.block, request));
    return Movable::kRefused;
  }
  const core::FaultKind kind = core::mismatch(core::terms_of(block.block), request);
  if (kind != core::FaultKind::kNone) faults.on_fault(core::mismatch_fault(kind, block.block, request));
  if (verify_slack(block, core::Moment::kRealloc, faults) != 0) lock_slack(block);  // reported once
  return Movable::kYes;
}

std::optional<std::size_t> GuardedBlocks::usable_size(const void* pointer, core::FaultSink& faults) noexcept {
  const GuardedBlock block = look_at(address_of(pointer));
  if (!block.present() || block.block.user != address_of(pointer)) return std::nullopt;
  if (block.live()) return block.block.requested;
  core::FreeRequest request;
  request.moment = core::Moment::kUsableSize;
  faults.on_fault(core::not_live_fault(block.block, request));
  return 0;
}

std::size_t GuardedBlocks::check(core::Moment moment, core::FaultSink& faults,
                                 std::uint16_t first_thread) noexcept {
  const os::LockGuard guard(lock_);
  std::size_t found = 0;
  for_each_live([&](const GuardedBlock& block) {
    const std::uint16_t thread = block.block.alloc_thread;
    if (thread == 0 || thread >= first_thread) found += verify_slack(block, moment, faults);
  });
  return found;
}

void GuardedBlocks::walk(core::BlockVisitor& visitor) noexcept {
  const os::LockGuard guard(lock_);
  for_each_live([&](const GuardedBlock& block) { visitor.visit(block.block); });
}

GuardedStats GuardedBlocks::stats() noexcept {
  const os::LockGuard guard(lock_);
  return stats_;
}

void GuardedBlocks::shorten() noexcept {
  const os::LockGuard guard(lock_);
  if (!region_.present()) return;
  for_each_area([&](std::uint32_t area, std::uint32_t used) { region_.shorten(area, used); });
}

GuardedBlock GuardedBlocks::look_at(std::uintptr_t address) const noexcept {
  GuardedBlock block;
  const std::optional<SlotId> slot = region_.slot_at(address);
  if (!slot || !region_.record(*slot).known.try_read(block)) return {};
  return block;
}

core::BlockSnapshot GuardedBlocks::find_block(std::uintptr_t address) const noexcept {
  const GuardedBlock block = look_at(address);
  return block.present() ? block.block : core::BlockSnapshot{};
}

core::BlockSnapshot GuardedBlocks::find_exact(const void* pointer) const noexcept {
  const core::BlockSnapshot block = find_block(address_of(pointer));
  return block.user == address_of(pointer) ? block : core::BlockSnapshot{};
}

PageHit GuardedBlocks::explain_trap(std::uintptr_t address) const noexcept {
  const GuardedBlock block = look_at(address);
  return block.present() ? page_hit(address, block.block, block.live(), block.data) : PageHit{};
}

bool GuardedBlocks::is_empty_at(std::uintptr_t address) const noexcept {
  GuardedBlock block;
  const std::optional<SlotId> slot = region_.slot_at(address);
  return slot && region_.record(*slot).known.try_read(block) && !block.present();
}

core::BlockSnapshot GuardedBlocks::find_nearest(std::uintptr_t address) const noexcept {
  GuardedBlock nearest;
  std::uintptr_t least = UINTPTR_MAX;
  for_each_area([&](std::uint32_t area, std::uint32_t used) {
    for (std::uint32_t index = 0; index != used; ++index) {
      const std::uintptr_t begin = region_.whole({area, index}).begin;
      const std::uintptr_t distance = address < begin ? begin - address : address - begin;
      GuardedBlock block;
      if (distance >= least || !region_.record({area, index}).known.try_read(block) || !block.present())
        continue;
      nearest = block;
      least = distance;
    }
  });
  return nearest.block;
}

}  // namespace padlock::runtime
