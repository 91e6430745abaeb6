// The caches' and the stock's steps, each checked against what the player knows of its blocks.
#include "player/cached.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "base/arith.h"
#include "core/block/layout.h"
#include "model/given_up.h"
#include "model/require.h"
#include "player/player.h"
#include "support/operations.h"

namespace padlock::fuzz {
namespace {

using core::BlockHeader;
using core::BlockSnapshot;
using core::FaultKind;

constexpr std::size_t kMostLive = 200;
constexpr std::size_t kMostFreed = 32;
constexpr std::size_t kMostKept = 100;
constexpr std::size_t kMostKeptBytes = std::size_t{64} * 1024;
constexpr std::size_t kStockSlots = 5 * (core::BlockStock::kCrate + 2);  // few crates, so that they run out

void print_op(const void* context) {
  std::fprintf(stderr, "while: %s\n", to_text(*static_cast<const Op*>(context)).c_str());
}

BlockHeader* header_of(std::uintptr_t user) { return BlockHeader::of_user(reinterpret_cast<void*>(user)); }

}  // namespace

CachedPlayer::Front::Front(const core::Heap& heap, const Setup& setup)
    : quarantine(std::max<std::size_t>(setup.slot_count(), 1)),
      ready(core::ReadyBlocks::slots_needed()),
      cache(heap.keys(), quarantine, setup.max_quarantine_bytes(), setup.seed % 4 != 0, ready) {}

CachedPlayer::CachedPlayer(const Program& program)
    : program_(program),
      stage_(program.setup, &CachedPlayer::is_cached, this),
      stock_memory_(kStockSlots),
      kept_slots_(kMostKept),
      kept_(kept_slots_, kMostKeptBytes) {
  stock_.add_memory(std::as_writable_bytes(std::span(stock_memory_)));
  for (std::size_t i = 0; i < kCaches; ++i) fronts_.push_back(std::make_unique<Front>(heap(), program.setup));
}

bool CachedPlayer::is_cached(const BlockHeader* block, const void* player) {
  return static_cast<const CachedPlayer*>(player)->holders(block) != 0;
}

std::size_t CachedPlayer::holders(const BlockHeader* block) const {
  return (stock_.holds(block) ? 1U : 0U) + (kept_.holds(block) ? 1U : 0U) +
         static_cast<std::size_t>(
             std::ranges::count_if(fronts_, [&](const auto& front) { return front->cache.holds(block); }));
}

core::Caller CachedPlayer::caller() {
  ++number_;
  return {static_cast<std::uint32_t>(number_), static_cast<std::uint16_t>(current_ + 1), number_};
}

std::uintptr_t CachedPlayer::pick(std::size_t index) const {
  if (live_.empty()) return 0;
  return std::next(live_.begin(), static_cast<std::ptrdiff_t>(index % live_.size()))->first;
}

std::uintptr_t CachedPlayer::pick_cached(std::size_t index) const {
  if (freed_.empty()) return 0;
  const std::uintptr_t user = freed_[index % freed_.size()];
  return user != twice_ && holders(header_of(user)) == 1 ? user : 0;
}

void CachedPlayer::play() {
  for (const Op& op : program_.ops) {
    set_context(&print_op, &op);
    if (op.kind < OpKind::kOverflow) {
      step(op);
    } else {
      step_misuse(op);
    }
    judge();
    verify();
    Operations::add();
  }
  set_context(nullptr, nullptr);
  while (!live_.empty()) free_block(live_.begin()->first);
  drain_all();
  judge();
  require(!damage_ && twice_ == 0, "whatever was done is found in the end");
  verify();
  check();
  give_up(0);
  verify();
  check();
}

void CachedPlayer::step(const Op& op) {
  const std::uintptr_t user = pick(op.a);
  switch (op.kind) {
    case OpKind::kAllocateAligned:
      return allocate(size_of(op.b), core::Origin::kAligned, std::size_t{1} << (op.a % 18U));
    case OpKind::kAllocate:
    case OpKind::kAllocateZeroed:
      return allocate(size_of(op.b), origin_of(op.c));
    case OpKind::kAllocateMany:
      for (unsigned i = 0; i < op.a % 64U; ++i) allocate(size_of(op.b) % 4096, origin_of(op.c));
      return;
    case OpKind::kReallocate:
    case OpKind::kResize:
      return user == 0 ? void() : resize(user, size_of(op.b));
    case OpKind::kFree:
    case OpKind::kFreeSized:
      return user == 0 ? void() : free_block(user);
    case OpKind::kFreeMany:
      for (unsigned i = 0; i < op.b % 64U && !live_.empty(); ++i) free_block(pick(op.a + i * (op.c % 8U)));
      return;
    case OpKind::kCoalesce:
      if (op.a % 2 == 0) merge_stock();
      heap().coalesce(op.a % 16U, log_);
      return;
    case OpKind::kFlush:
      return drain(cache());
    case OpKind::kDrain:
      drain_all();
      heap().flush_quarantine(log_);
      heap().coalesce(SIZE_MAX, log_);
      return;
    case OpKind::kCheck:
      return check();
    case OpKind::kAddRegion:
      static_cast<void>(stage_.add_region(op.b));
      return;
    case OpKind::kSwitchThread:
      current_ = op.a % kCaches;
      return;
    case OpKind::kGiveUp:
      if (op.a % 4 >= 2) drain_all();
      return give_up(op.a % 2 == 0 ? 0 : op.c);
    default:
      if (user != 0) verify_identity(user, live_.at(user));
  }
}

void CachedPlayer::allocate(std::size_t size, core::Origin origin, std::size_t alignment) {
  if (live_.size() >= kMostLive) return;
  core::AllocRequest request;
  request.size = size;
  request.alignment = alignment;
  request.origin = origin;
  request.by = caller();
  if (void* memory = take(request); memory != nullptr) keep(memory, request);
}

// As the runtime does: a suspect is for the heap to look into, and the next block is tried.
void* CachedPlayer::take(const core::AllocRequest& request) {
  if (!core::BlockCache::serves(request)) return take_from_heap(request);
  while (true) {
    core::BlockSlot suspect;
    const bool aligned = request.alignment > core::kGranule;
    const bool ready = cache().has_ready(request.size);
    void* memory = cache().allocate(request, suspect);
    const bool had_one = memory != nullptr || suspect.block != nullptr;
    require(aligned ? ready || !had_one : ready == had_one, "a ready block is handed out or suspect");
    core::BlockSlot lent;
    if (aligned && !had_one && lend_aligned(request, lent))
      memory = cache().allocate_lent(lent, request, suspect);
    if (memory != nullptr) return memory;
    if (suspect.block != nullptr) {
      heap().take_back(suspect, core::Moment::kReuse, log_);
    } else if (aligned || !refill(request)) {
      return nullptr;
    }
  }
}

// From the stock or the heap, now and then from blocks that were used before only.
bool CachedPlayer::lend_aligned(const core::AllocRequest& request, core::BlockSlot& lent) {
  const std::uint32_t size_class = core::size_class::at_least(core::granules_for(request.size));
  const std::uint32_t granules = core::size_class::granules_of(size_class);
  const auto from_heap = [&] {
    return heap().lend_aligned(granules, request.alignment, lent, number_, log_);
  };
  heap().hold_tops(number_ % 2 == 0);
  bool found = stock_.take_aligned(size_class, request.alignment, lent) || from_heap();
  heap().hold_tops(false);
  if (!found && merge_stock()) found = from_heap();
  const std::size_t room = std::size_t{granules} * core::kGranule + 2 * request.alignment;
  if (!found && program_.setup.grows() && room <= Stage::kMaxRegionBytes && stage_.add_region(room))
    found = from_heap();
  if (!found) return false;
  const bool by_right = holders(lent.block) == 0 || address_of(lent.block->user()) == twice_;
  require(by_right && lent.granules >= granules && core::is_user_aligned(lent, request.alignment),
          "what is lent was nobody's, and is aligned");
  return true;
}

bool CachedPlayer::refill(const core::AllocRequest& request) {
  const std::uint32_t size_class = core::size_class::at_least(core::granules_for(request.size));
  const std::uint32_t granules = core::size_class::granules_of(size_class);
  std::array<core::BlockSlot, 64> lent;
  const auto room = std::span(lent).first(std::min(cache().refill_count(size_class), lent.size()));
  std::size_t count = stock_.take(size_class, room);
  heap().hold_tops(number_ % 2 == 0);
  if (count == 0) count = heap().lend(granules, room, number_, log_);
  heap().hold_tops(false);
  if (count == 0 && merge_stock()) count = heap().lend(granules, room, number_, log_);
  if (count == 0 && program_.setup.grows() && stage_.add_region(std::size_t{granules} * core::kGranule)) {
    count = heap().lend(granules, room, number_, log_);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const bool by_right = holders(lent[i].block) == 0 || address_of(lent[i].block->user()) == twice_;
    require(by_right && lent[i].granules >= granules, "what is lent was nobody's");
    cache().add(size_class, lent[i]);
  }
  return_surplus();
  return count != 0;
}

void* CachedPlayer::take_from_heap(const core::AllocRequest& request) {
  void* const memory = heap().allocate(request, log_);
  const bool grows = program_.setup.grows() && request.size <= Stage::kMaxRegionBytes;
  if (memory != nullptr || !grows || !stage_.add_region(block_bytes_for(request.size))) return memory;
  return heap().allocate(request, log_);
}

void CachedPlayer::keep(void* memory, const core::AllocRequest& request) {
  const std::uintptr_t user = address_of(memory);
  require(request.alignment == 0 || user % request.alignment == 0, "memory is aligned", {{"user", user}});
  for (const auto& [other, held] : live_) {
    require(other + held.size + core::kMinPadding <= user - core::kHeaderSize ||
                user + request.size + core::kMinPadding <= other - core::kHeaderSize,
            "memory that somebody has is not handed out", {{"user", user}, {"other", other}});
  }
  const Held held{request.size, request.origin, request.by,
                  static_cast<std::uint8_t>(request.by.number * 37)};
  verify_identity(user, held);
  std::memset(memory, held.fill, held.size);
  live_[user] = held;
  std::erase(freed_, user);
}

void CachedPlayer::verify_identity(std::uintptr_t user, const Held& held) const {
  if (damage_ && damage_->block.user == user) return;
  const BlockSnapshot block = stage_.heap().find_block(user);
  require(block.user == user && block.sealed && block.state == core::BlockState::kLive, "a block is live",
          {{"user", user}});
  require(block.block_size >= core::kHeaderSize + held.size + core::kMinPadding, "a block is long enough",
          {{"size", held.size}, {"block", block.block_size}});
  require(block.requested == held.size && block.origin == held.origin && block.number == held.by.number &&
              block.alloc_trace == held.by.trace && block.alloc_thread == held.by.thread,
          "a block says whose it is", {{"user", user}, {"number", block.number}});
}

void CachedPlayer::verify_contents(std::uintptr_t user, const Held& held, std::size_t size) const {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(user);
  require(std::all_of(bytes, bytes + size, [&](std::uint8_t byte) { return byte == held.fill; }),
          "a block keeps its contents", {{"user", user}, {"size", held.size}});
}

void CachedPlayer::free_block(std::uintptr_t user) {
  judge();
  const Held held = live_.at(user);
  verify_contents(user, held, held.size);
  const bool sound = !damage_ || damage_->block.user != user;
  core::FreeRequest request;
  request.origin = held.origin;
  request.by = caller();
  const bool short_enough = stage_.heap().find_block(user).block_size <=
                            std::size_t{core::size_class::kMostGranules} * core::kGranule;
  const bool taken = cache().deallocate(reinterpret_cast<void*>(user), request);
  require(taken == (sound && short_enough), "a cache takes sound blocks that it has a class for",
          {{"user", user}});
  if (!taken) heap().deallocate(reinterpret_cast<void*>(user), request, log_);
  require(sound || !log_.faults.empty(), "damage is reported at the free");
  live_.erase(user);
  note_freed(user);
}

void CachedPlayer::note_freed(std::uintptr_t user) {
  return_surplus();
  freed_.push_back(user);
  if (freed_.size() > kMostFreed) freed_.erase(freed_.begin());
}

void CachedPlayer::resize(std::uintptr_t user, std::size_t size) {
  const Held held = live_.at(user);
  if (damage_ && damage_->block.user == user) return;
  core::AllocRequest request;
  request.size = size;
  request.origin = held.origin;
  request.by = caller();
  if (resize_quickly(user, request)) return;
  if (cache().resize(reinterpret_cast<void*>(user), request)) {
    verify_contents(user, held, std::min(held.size, size));
    live_.erase(user);
    return keep(reinterpret_cast<void*>(user), request);
  }
  if (size > Stage::kMaxRegionBytes) return;
  void* const moved = take(request);
  if (moved == nullptr) return;
  verify_contents(user, held, held.size);
  keep(moved, request);
  free_block(user);
}

// Every other time, in one go, as realloc does.
bool CachedPlayer::resize_quickly(std::uintptr_t user, const core::AllocRequest& request) {
  if (request.by.number % 2 == 0 || !core::BlockCache::serves(request)) return false;
  const Held held = live_.at(user);
  core::BlockSlot suspect;
  void* const resized = cache().reallocate_plain(reinterpret_cast<void*>(user), request, suspect);
  if (suspect.block != nullptr) heap().take_back(suspect, core::Moment::kReuse, log_);
  if (resized == nullptr) return false;
  const std::uintptr_t at = address_of(resized);
  verify_contents(at, held, std::min(held.size, request.size));
  live_.erase(user);
  keep(resized, request);
  if (at != user) note_freed(user);
  return true;
}

// Into the stock, as far as there is room.
void CachedPlayer::send_home(std::span<const core::BlockSlot> slots) {
  for (const core::BlockSlot& slot : slots) {
    const std::uint32_t size_class = core::size_class::at_most(slot.granules);
    if (stock_.push(size_class, {&slot, 1}) == 0) heap().take_back(slot, core::Moment::kEviction, log_);
  }
}

// False if nothing waits in the stock.
bool CachedPlayer::merge_stock() {
  std::array<core::BlockSlot, core::BlockStock::kCrate> crate;
  const std::size_t count = stock_.take_crate(crate);
  for (std::size_t i = 0; i < count; ++i) heap().take_back(crate[i], core::Moment::kEviction, log_);
  return count != 0;
}

void CachedPlayer::return_surplus() {
  std::array<core::BlockSlot, core::BlockCache::kSurplus> taken;
  while (const std::size_t count = cache().take_surplus(taken)) {
    send_home(std::span(taken).first(count));
  }
  if (cache().are_kept_due()) hold_back(cache());
  const std::size_t most = program_.setup.max_quarantine_bytes();
  require(cache().quarantined_bytes() <= most, "a cache's quarantine is bounded",
          {{"bytes", cache().quarantined_bytes()}, {"most", most}});
}

// What a cache keeps; the oldest of what was held back goes home.
void CachedPlayer::hold_back(core::BlockCache& cache) {
  std::array<core::BlockSlot, core::BlockCache::kKept> taken;
  const std::size_t count = cache.take_kept(taken);
  for (const core::BlockSlot& slot : std::span(taken).first(count)) {
    kept_.push(slot);
    while (kept_.over_limit()) {
      const core::BlockSlot oldest = kept_.pop();
      send_home({&oldest, 1});
    }
  }
}

void CachedPlayer::drain(core::BlockCache& cache) {
  std::array<core::BlockSlot, core::BlockCache::kSurplus> taken;
  while (const std::size_t count = cache.drain(taken)) {
    send_home(std::span(taken).first(count));
    hold_back(cache);
  }
  hold_back(cache);
  require(cache.quarantined_blocks() + cache.ready_blocks() + cache.kept_blocks() == 0,
          "a drained cache is empty");
}

void CachedPlayer::drain_all() {
  for (const auto& front : fronts_) drain(front->cache);
  while (!kept_.empty()) {
    const core::BlockSlot slot = kept_.pop();
    send_home({&slot, 1});
  }
  while (merge_stock()) {
  }
}

// As an arena does, once the caches are drained or before. What anybody has stays where it is.
void CachedPlayer::give_up(int value) {
  while (merge_stock()) {
  }
  heap().coalesce(SIZE_MAX, log_);
  const Layout before = Layout::of(stage_.heap());
  GivenUp given(value);
  heap().give_up_tops(given, log_);
  if (value == 0) heap().give_up_insides(given, log_);
  for (const std::span<std::byte> memory : given.spans) {
    const std::uintptr_t begin = address_of(memory.data());
    for (const BlockSnapshot& block : before.blocks()) {
      if (block.header + block.block_size <= begin || begin + memory.size() <= block.header) continue;
      const auto* header = reinterpret_cast<const BlockHeader*>(block.header);
      require(!live_.contains(block.user) && (holders(header) == 0 || block.user == twice_),
              "memory that somebody has is not given up", {{"user", block.user}});
    }
    // A header may reach into it.
    std::erase_if(freed_, [&](std::uintptr_t user) {
      return user > begin && user < begin + memory.size() + core::kHeaderSize;
    });
  }
}

// A check reports what there is, whether it was reported before or not, and changes nothing.
void CachedPlayer::check() {
  judge();
  const std::size_t count = heap().check(core::Moment::kCheck, log_);
  const std::size_t wanted = damage_ ? 1 : 0;
  require(count == wanted && log_.faults.size() == wanted, "a check finds what is damaged, and nothing else",
          {{"found", count}, {"damaged", wanted}});
  const std::optional<core::Fault> damage = damage_;
  judge();
  damage_ = damage;
}

}  // namespace padlock::fuzz
