// The steps that are bugs, and what must be reported of them.
#include <algorithm>
#include <cstdio>
#include <vector>

#include "core/block/layout.h"
#include "model/require.h"
#include "player/cached.h"
#include "player/player.h"

namespace padlock::fuzz {
namespace {

using core::FaultKind;

core::Fault fault_of(FaultKind kind, std::uintptr_t user, std::int64_t offset, std::uint64_t length) {
  core::Fault fault;
  fault.kind = kind;
  fault.block.user = user;
  fault.damage.offset = offset;
  fault.damage.length = length;
  return fault;
}

// Where a header was lost, what follows is not known: the reported length is a lower bound.
bool same(const core::Fault& found, const core::Fault& wanted) {
  const bool bound = found.damage.at_least && wanted.damage.at_least;
  return found.kind == wanted.kind && found.block.user == wanted.block.user &&
         found.damage.offset == wanted.damage.offset &&
         (bound ? found.damage.length <= wanted.damage.length : found.damage.length == wanted.damage.length);
}

}  // namespace

void CachedPlayer::expect(FaultKind kind, std::uintptr_t block, std::int64_t offset, std::uint64_t length) {
  expected_.push_back(fault_of(kind, block, offset, length));
}

// Whether `fault` had to be reported, or may be by now; then it need not be reported again.
bool CachedPlayer::found(const core::Fault& fault) {
  const auto wanted =
      std::ranges::find_if(expected_, [&](const core::Fault& one) { return same(fault, one); });
  if (wanted != expected_.end()) {
    expected_.erase(wanted);
    return true;
  }
  if (damage_ && same(fault, *damage_)) {
    damage_.reset();
    return true;
  }
  if (twice_ == 0 || fault.kind != FaultKind::kDoubleFree || fault.block.user != twice_) return false;
  twice_ = 0;
  return true;
}

void CachedPlayer::judge() {
  for (const core::Fault& fault : log_.faults) {
    if (found(fault)) continue;
    std::fprintf(stderr, "told: %s, offset %ld, length %lu\n", core::to_string(fault.kind),
                 static_cast<long>(fault.damage.offset), static_cast<unsigned long>(fault.damage.length));
    fail("no false alarm", {{"block", fault.block.user}});
  }
  log_.faults.clear();
  require(expected_.empty(), "a misuse is reported, exactly and at once");
}

// Counts, and that no damage got away.
void CachedPlayer::verify() {
  const std::size_t waiting = stock_.count() + kept_.count();
  std::size_t blocks = live_.size() + waiting;
  std::size_t bytes = stock_.bytes() + kept_.bytes() - waiting * core::kHeaderSize;
  std::size_t delta = 0;
  for (const auto& [user, held] : live_) bytes += held.size;
  for (const auto& front : fronts_) {
    const core::BlockCache& cache = front->cache;
    const std::size_t held = cache.quarantined_blocks() + cache.ready_blocks() + cache.kept_blocks();
    require(!cache.has_surplus(), "surplus is taken");
    blocks += held;
    bytes += cache.quarantined_bytes() + cache.ready_bytes() + cache.kept_bytes() - held * core::kHeaderSize;
    delta += cache.live_bytes_delta();
  }
  const core::HeapStats stats = heap().stats();
  if (twice_ == 0) {
    require(stats.live_blocks == blocks, "no block is lost, and none is in two places",
            {{"counted", stats.live_blocks}, {"held", blocks}});
    require(stats.live_bytes + delta + twice_counted_ == bytes, "live bytes are counted",
            {{"counted", stats.live_bytes + delta}, {"held", bytes}});
  }
  if (damage_ && !live_.contains(damage_->block.user)) {
    require(holders(core::BlockHeader::of_user(reinterpret_cast<void*>(damage_->block.user))) != 0,
            "no damaged block leaves a cache without a report", {{"user", damage_->block.user}});
  }
}

void CachedPlayer::step_misuse(const Op& op) {
  switch (op.kind) {
    case OpKind::kOverflow:
      if (op.c >= 128) return overrun(pick(op.a), op);
      return overflow(pick(op.a), op.c % 8U + 1, op.d);
    case OpKind::kUnderflow:
      return overflow(pick(op.a), 0, op.d);
    case OpKind::kWriteAfterFree:
      return write_after_free(op);
    case OpKind::kFlipHeader:
      return flip_header(op);
    case OpKind::kInteriorFree:
    case OpKind::kMismatchedFree:
    case OpKind::kMisSizedFree:
      return free_badly(op);
    case OpKind::kMisalignedFree:
      return free_twice_at_once(op);
    default:
      return use_freed(op);
  }
}

// `length` bytes behind a live block; 0: the one before it.
void CachedPlayer::overflow(std::uintptr_t user, std::uint8_t length, std::uint8_t bits) {
  if (user == 0 || user == twice_ || damage_) return;
  auto* const memory = reinterpret_cast<std::uint8_t*>(user);
  bits |= 1;
  if (length == 0) {
    memory[-1] ^= bits;
    damage_ = fault_of(FaultKind::kHeapBufferUnderflow, user, -1, 1);
    return;
  }
  const std::size_t size = live_.at(user).size;
  for (std::size_t i = 0; i < length; ++i) memory[size + i] ^= bits;
  damage_ = fault_of(FaultKind::kHeapBufferOverflow, user, static_cast<std::int64_t>(size), length);
}

// Over the header of the block behind, which some cache has, and on.
void CachedPlayer::overrun(std::uintptr_t user, const Op& op) {
  if (user == 0 || user == twice_ || damage_) return;
  const core::BlockSnapshot block = heap().find_block(user);
  const core::BlockSnapshot behind = heap().find_block(block.header + block.block_size);
  const bool cached = behind.present() && behind.user != twice_ &&
                      holders(core::BlockHeader::of_user(reinterpret_cast<void*>(behind.user))) == 1;
  if (!cached) return;
  const std::uintptr_t begin = user + live_.at(user).size;
  const std::uintptr_t end = behind.header + 1 + op.b % behind.block_size;
  for (std::uintptr_t at = begin; at < end; ++at) *reinterpret_cast<std::uint8_t*>(at) ^= op.d | 1;
  damage_ =
      fault_of(FaultKind::kHeapBufferOverflow, user, static_cast<std::int64_t>(begin - user), end - begin);
  damage_->damage.at_least = true;
  std::erase(freed_, behind.user);
}

void CachedPlayer::write_after_free(const Op& op) {
  const std::uintptr_t user = pick_cached(op.a);
  if (user == 0 || damage_) return;
  const std::size_t capacity = heap().find_block(user).block_size - core::kHeaderSize;
  const std::size_t offset = op.b % capacity;
  *reinterpret_cast<std::uint8_t*>(user + offset) ^= op.d | 1;
  damage_ = fault_of(FaultKind::kUseAfterFreeWrite, user, static_cast<std::int64_t>(offset), 1);
}

void CachedPlayer::flip_header(const Op& op) {
  const std::uintptr_t user = pick_cached(op.a);
  if (user == 0 || damage_) return;
  const std::size_t byte = op.b % core::kHeaderSize;
  const bool last =
      byte >= core::kHeaderSize - core::kBackRepair;  // known without the rest: a write before the block
  *reinterpret_cast<std::uint8_t*>(user - core::kHeaderSize + byte) ^=
      static_cast<std::uint8_t>(1U << (op.c % 8U));
  damage_ = fault_of(last ? FaultKind::kHeapBufferUnderflow : FaultKind::kMetadataCorruption, user,
                     static_cast<std::int64_t>(byte) - static_cast<std::int64_t>(core::kHeaderSize), 1);
}

void CachedPlayer::free_badly(const Op& op) {
  const std::uintptr_t user = pick(op.a);
  if (user == 0 || user == twice_ || damage_) return;
  const Held held = live_.at(user);
  core::FreeRequest request;
  request.origin = held.origin;
  request.by = caller();
  std::uintptr_t pointer = user;
  if (op.kind == OpKind::kInteriorFree) {
    pointer += core::kGranule;
    if (held.size < core::kGranule) return;
    expect(FaultKind::kInvalidFree, user);
  } else if (op.kind == OpKind::kMismatchedFree) {
    request.origin = held.origin == core::Origin::kNew ? core::Origin::kNewArray : core::Origin::kNew;
    expect(FaultKind::kAllocDeallocMismatch, user);
  } else {
    request.size = held.size + 1 + op.b;
    expect(FaultKind::kDeleteSizeMismatch, user);
  }
  require(!cache().deallocate(reinterpret_cast<void*>(pointer), request), "a cache takes no bad free");
  heap().deallocate(reinterpret_cast<void*>(pointer), request, log_);
  if (pointer == user) live_.erase(user);
}

void CachedPlayer::use_freed(const Op& op) {
  const std::uintptr_t user = pick_cached(op.a);
  if (user == 0 || damage_) return;
  auto* const pointer = reinterpret_cast<void*>(user);
  core::BlockFields fields;
  require(!cache().live_and_sound(pointer, fields), "what is freed is not live");
  core::AllocRequest resized;
  resized.size = op.b;
  resized.by = caller();
  switch (op.kind) {
    case OpKind::kResizeFreed:
      expect(FaultKind::kUseAfterFree, user);
      require(!cache().resize(pointer, resized) &&
                  heap().resize(pointer, resized, log_) == core::ResizeOutcome::kRefused,
              "what is freed is not resized");
      return;
    case OpKind::kUsableSizeFreed:
      expect(FaultKind::kUseAfterFree, user);
      require(heap().usable_size(pointer, log_) == 0, "what is freed has no size");
      return;
    default:
      expect(FaultKind::kDoubleFree, user);
      require(!cache().deallocate(pointer, {}), "what is freed is not freed again");
      heap().deallocate(pointer, {}, log_);
  }
}

// Each of two threads finds the block live before the other one has written its header.
void CachedPlayer::free_twice_at_once(const Op& op) {
  const std::uintptr_t user = pick(op.a);
  if (user == 0 || damage_ || twice_ != 0) return;
  const std::size_t bytes = heap().find_block(user).block_size;
  if (bytes > std::size_t{core::size_class::kMostGranules} * core::kGranule) return;
  const Held held = live_.at(user);
  auto* const begin = reinterpret_cast<std::uint8_t*>(user - core::kHeaderSize);
  const std::vector<std::uint8_t> before(begin, begin + bytes);
  core::FreeRequest request;
  request.origin = held.origin;
  for (const bool first : {true, false}) {
    request.by = caller();
    require(cache().deallocate(reinterpret_cast<void*>(user), request), "a sound block is taken");
    if (first) std::copy(before.begin(), before.end(), begin);
    current_ = (current_ + 1) % kCaches;
  }
  current_ = (current_ + 1) % kCaches;  // back to the first one
  live_.erase(user);
  twice_ = user;
  twice_counted_ += held.size - (bytes - core::kHeaderSize);
  return_surplus();
  current_ = (current_ + 1) % kCaches;
  return_surplus();
}

}  // namespace padlock::fuzz
