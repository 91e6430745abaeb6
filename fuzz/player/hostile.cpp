// The steps, the overwriting, and the checks that hold whatever the regions contain.
#include "player/hostile.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "core/block/layout.h"
#include "model/given_up.h"
#include "model/require.h"
#include "player/player.h"
#include "player/sabotage.h"
#include "support/operations.h"

namespace padlock::fuzz {
namespace {

using core::BlockSnapshot;
using core::kHeaderSize;

// No call reports more than a few faults for every block that there can be.
constexpr std::size_t kMostFaults = 4 * Stage::kMaxRegions * Stage::kMaxRegionBytes / 48;

void print_op(const void* context) {
  std::fprintf(stderr, "while: %s\n", to_text(*static_cast<const Op*>(context)).c_str());
}

bool inside(const Stage& stage, std::uintptr_t begin, std::uintptr_t end) {
  const std::span<std::byte> region = stage.region_of(begin);
  return !region.empty() && begin <= end && end <= address_of(region.data()) + region.size();
}

// A fault may be wrong about what happened, but not about where memory is.
void require_plausible(const Stage& stage, const core::Fault& fault) {
  require(fault.kind != core::FaultKind::kNone && fault.kind <= core::FaultKind::kMetadataCorruption,
          "a fault has a kind", {{"kind", static_cast<std::uint64_t>(fault.kind)}});
  for (const BlockSnapshot* block : {&fault.block, &fault.neighbour}) {
    if (!block->present()) continue;
    require(inside(stage, block->header, block->user), "a fault's block lies in a region",
            {{"header", block->header}});
  }
  if (!fault.damage.present()) return;
  const core::DamageWindow& window = fault.damage.window;
  require(inside(stage, fault.damage.address, fault.damage.address + fault.damage.length),
          "damage lies in a region", {{"address", fault.damage.address}, {"length", fault.damage.length}});
  require(
      window.size <= core::DamageWindow::kCapacity && inside(stage, window.start, window.start + window.size),
      "a window lies in a region", {{"start", window.start}, {"size", window.size}});
}

}  // namespace

HostilePlayer::HostilePlayer(const Program& program, Transcript* transcript)
    : program_(program), transcript_(transcript), stage_(program.setup) {
  if (transcript_ != nullptr) transcript_->add_region(stage_.regions().back(), 0);
}

std::uintptr_t HostilePlayer::pick(std::size_t index) const {
  if (live_.empty()) return 0;
  return std::next(live_.begin(), static_cast<std::ptrdiff_t>(index % live_.size()))->first;
}

// Somewhere in the regions, most often at something that matters: a header, its neighbourhood, links.
std::uintptr_t HostilePlayer::place(std::uint8_t choice, std::uint16_t offset) const {
  const Layout layout = Layout::of(stage_.heap());
  const auto& blocks = layout.blocks();
  if (choice % 8 != 0 && !blocks.empty()) {
    const BlockSnapshot& block = blocks[choice / 8U % blocks.size()];
    return block.header + offset % std::min<std::uint64_t>(block.block_size, 80);
  }
  const std::span<std::byte> region = stage_.regions()[choice / 8U % stage_.regions().size()];
  return address_of(region.data()) + offset % region.size();
}

void HostilePlayer::play() {
  for (const Op& op : program_.ops) {
    set_context(&print_op, &op);
    step(op);
    Operations::add();
    if (broken_) return set_context(nullptr, nullptr);
    verify();
  }
  set_context(nullptr, nullptr);
  check();
  while (!live_.empty()) deallocate(live_.begin()->first, core::Origin::kMalloc);
  flush();
  while (coalesce(program_.setup.batch()) != 0) {
  }
  verify();
  check();
  give_up(0);
  verify();
}

void HostilePlayer::verify() {
  for (const core::Fault& fault : log_.faults) {
    if (transcript_ != nullptr) transcript_->fault(fault);
    require_plausible(stage_, fault);
  }
  require(log_.faults.size() <= kMostFaults, "faults are bounded", {{"faults", log_.faults.size()}});
  log_.faults.clear();
  // What is known without trusting a byte of the regions holds whatever is in them.
  const Layout layout = Layout::of(stage_.heap());
  std::uint64_t bytes = 0;
  for (const BlockSnapshot& block : layout.blocks()) {
    require(inside(stage_, block.header, end_of(block)), "a block lies in a region",
            {{"header", block.header}});
    bytes += block.block_size;
  }
  std::uint64_t all = 0;
  for (const std::span<std::byte> region : stage_.regions()) all += region.size();
  const core::HeapStats stats = stage_.heap().stats();
  require(stats.unallocated_bytes + bytes == all, "blocks tile the regions",
          {{"bytes", bytes}, {"all", all}});
  require(stats.live_block_bytes + stats.quarantined_bytes + stats.ready_bytes + stats.free_bytes +
                  stats.condemned_bytes ==
              bytes,
          "every byte is accounted for",
          {{"live", stats.live_block_bytes},
           {"quarantined", stats.quarantined_bytes},
           {"ready", stats.ready_bytes},
           {"free", stats.free_bytes},
           {"condemned", stats.condemned_bytes},
           {"all", bytes}});
  for (const auto& [user, size] : live_) {
    const BlockSnapshot* block = layout.at(user - kHeaderSize);
    require(block != nullptr && user + size + core::kMinPadding <= end_of(*block),
            "a block that was handed out stays one block", {{"user", user}, {"size", size}});
  }
}

void HostilePlayer::take(void* result, std::size_t size) {
  const std::uintptr_t user = address_of(result);
  require(inside(stage_, user - kHeaderSize, user + size + core::kMinPadding), "a block lies in a region",
          {{"user", user}, {"size", size}});
  for (const auto& [other, length] : live_) {
    require(other + length + core::kMinPadding <= user - kHeaderSize ||
                user + size + core::kMinPadding <= other - kHeaderSize,
            "memory that somebody has is not handed out", {{"user", user}, {"other", other}});
  }
  live_[user] = size;
  poke(user, size, 0x5A);
}

void HostilePlayer::poke(std::uintptr_t address, std::size_t length, std::uint8_t value) {
  if (transcript_ != nullptr && length != 0) transcript_->poke(address, length, value);
  std::memset(reinterpret_cast<void*>(address), value, length);
}

void HostilePlayer::flip(std::uintptr_t address, std::size_t length, std::uint8_t bits) {
  if (transcript_ != nullptr) transcript_->flip(address, length, bits);
  for (std::size_t i = 0; i < length; ++i) *reinterpret_cast<std::uint8_t*>(address + i) ^= bits;
}

bool HostilePlayer::add_region(std::size_t bytes) {
  if (!stage_.add_region(bytes)) return false;
  if (transcript_ != nullptr) transcript_->add_region(stage_.regions().back(), stage_.regions().size() - 1);
  return true;
}

void* HostilePlayer::allocate_once(const core::AllocRequest& request) {
  if (transcript_ != nullptr) transcript_->allocate(request);
  void* result = stage_.heap().allocate(request, log_);
  if (transcript_ != nullptr) transcript_->allocated(result);
  return result;
}

void HostilePlayer::flush() {
  if (transcript_ != nullptr) transcript_->flush();
  stage_.heap().flush_quarantine(log_);
}

std::size_t HostilePlayer::coalesce(std::size_t max_blocks) {
  if (transcript_ != nullptr) transcript_->coalesce(max_blocks);
  return stage_.heap().coalesce(max_blocks, log_);
}

// Nothing that anybody has, and nothing that the heap still counts as a block.
void HostilePlayer::give_up(int value) {
  if (transcript_ != nullptr) transcript_->give_up(value);
  GivenUp given(value);
  stage_.heap().give_up_tops(given, log_);
  const std::size_t tops = given.spans.size();
  if (value == 0) {
    if (transcript_ != nullptr) transcript_->give_up_insides();
    stage_.heap().give_up_insides(given, log_);
  }
  const Layout layout = Layout::of(stage_.heap());
  for (std::size_t i = 0; i < given.spans.size(); ++i) {
    const std::span<std::byte> memory = given.spans[i];
    const std::uintptr_t begin = address_of(memory.data());
    const std::uintptr_t end = begin + memory.size();
    require(!memory.empty() && inside(stage_, begin, end), "what is given up lies in a region",
            {{"begin", begin}, {"bytes", memory.size()}});
    for (const BlockSnapshot& block : layout.blocks()) {
      const bool is_inside = i >= tops && block.header < begin && end <= end_of(block);
      require(end_of(block) <= begin || end <= block.header || is_inside,
              "what is given up is no block, or lies inside one",
              {{"begin", begin}, {"header", block.header}});
    }
    for (const auto& [user, size] : live_) {
      require(user + size + core::kMinPadding <= begin || end <= user - kHeaderSize,
              "memory that somebody has is not given up", {{"begin", begin}, {"user", user}});
    }
  }
}

void HostilePlayer::allocate(const Op& op) {
  core::AllocRequest request;
  request.size = size_of(op.b);
  if (op.kind == OpKind::kAllocateAligned) request.alignment = std::size_t{1} << (op.a % 20);
  const unsigned count = op.kind == OpKind::kAllocateMany ? op.a % 32U : 1;
  for (unsigned i = 0; i < count; ++i) {
    void* result = allocate_once(request);
    if (result == nullptr && program_.setup.grows() && request.size < Stage::kMaxRegionBytes &&
        add_region(block_bytes_for(request.size))) {
      result = allocate_once(request);
    }
    if (result != nullptr) take(result, request.size);
  }
}

void HostilePlayer::deallocate(std::uintptr_t address, core::Origin origin) {
  core::FreeRequest request;
  request.origin = origin;
  if (transcript_ != nullptr) transcript_->deallocate(address, request);
  stage_.heap().deallocate(reinterpret_cast<void*>(address), request, log_);
  if (live_.erase(address) != 0) freed_.push_back(address);
}

void HostilePlayer::resize(std::uintptr_t address, std::size_t size) {
  core::AllocRequest request;
  request.size = size;
  if (transcript_ != nullptr) transcript_->resize(address, request, "resize");
  const core::ResizeOutcome outcome = stage_.heap().resize(reinterpret_cast<void*>(address), request, log_);
  if (outcome != core::ResizeOutcome::kResized) return;
  require(live_.contains(address), "only what was handed out is resized", {{"address", address}});
  live_.erase(address);
  take(reinterpret_cast<void*>(address), size);
}

void HostilePlayer::reallocate(std::uintptr_t address, std::size_t size) {
  core::AllocRequest request;
  request.size = size;
  if (transcript_ != nullptr) transcript_->resize(address, request, "reallocate");
  void* result = stage_.heap().reallocate(reinterpret_cast<void*>(address), request, log_);
  if (result == nullptr) return;
  require(live_.contains(address), "only what was handed out is reallocated", {{"address", address}});
  live_.erase(address);
  take(result, size);
}

// A check changes nothing: a second one reports the same.
void HostilePlayer::check() {
  if (transcript_ != nullptr) transcript_->check(core::Moment::kCheck);
  const std::size_t count = stage_.heap().check(core::Moment::kCheck, log_);
  require(stage_.heap().check(core::Moment::kCheck, log_) == count, "a check changes nothing",
          {{"count", count}});
}

void HostilePlayer::smash(const Op& op) {
  const std::uintptr_t begin = place(op.a, op.b);
  const std::span<std::byte> region = stage_.region_of(begin);
  const std::uintptr_t end = std::min(begin + op.c % 96 + 1, address_of(region.data()) + region.size());
  // A run of one value, counting bytes, or flipped bits.
  if (op.c < 96) return poke(begin, end - begin, op.d);
  if (op.c >= 192) return flip(begin, end - begin, op.d);
  for (std::uintptr_t at = begin; at < end; ++at) poke(at, 1, static_cast<std::uint8_t>(op.d + at));
}

// Headers and links of one block put over those of another.
void HostilePlayer::copy(const Op& op) {
  const std::uintptr_t from = place(op.a, op.b);
  const std::uintptr_t to = place(static_cast<std::uint8_t>(op.d * 8 + 1), op.d % 4 * 16);
  std::uint8_t bytes[64];
  const std::span<std::byte> source = stage_.region_of(from);
  const std::span<std::byte> target = stage_.region_of(to);
  const std::size_t length =
      std::min({std::size_t{op.c} % sizeof bytes + 1, address_of(source.data()) + source.size() - from,
                address_of(target.data()) + target.size() - to});
  std::memcpy(bytes, reinterpret_cast<const void*>(from), length);
  if (transcript_ != nullptr) transcript_->copy(to, from, length);
  std::memcpy(reinterpret_cast<void*>(to), bytes, length);
}

// What was sound no longer is, and a check says so.
void HostilePlayer::break_out_of_band(const Op& op) {
  const bool sound = stage_.heap().check(core::Moment::kCheck, log_) == 0;
  broken_ = sabotage(stage_, op);
  if (!broken_) return;
  if (transcript_ != nullptr) transcript_->remark("what the heap knows out of band is broken here");
  const std::size_t count = stage_.heap().check(core::Moment::kCheck, log_);
  require(count != 0 || !sound, "a check finds what is broken out of band");
}

void HostilePlayer::overflow_from(std::uintptr_t user, const Op& op) {
  if (user == 0) return;
  const std::span<std::byte> region = stage_.region_of(user);
  const std::uintptr_t begin = op.kind == OpKind::kUnderflow
                                   ? std::max(user - op.c - 1, address_of(region.data()))
                                   : user + live_.at(user);
  const std::uintptr_t end = std::min(begin + op.c + 1, address_of(region.data()) + region.size());
  poke(begin, end - begin, op.d);
}

void HostilePlayer::step(const Op& op) {
  const std::uintptr_t user = pick(op.a);
  core::Heap& heap = stage_.heap();
  switch (op.kind) {
    case OpKind::kAllocate:
    case OpKind::kAllocateAligned:
    case OpKind::kAllocateZeroed:
    case OpKind::kAllocateMany:
      return allocate(op);
    case OpKind::kReallocate:
      return reallocate(user, size_of(op.b));
    case OpKind::kResize:
      return resize(user, size_of(op.b));
    case OpKind::kFree:
    case OpKind::kFreeSized:
      return deallocate(user, core::Origin::kMalloc);
    case OpKind::kFreeMany:
      for (unsigned i = 0; i < op.b % 32U; ++i) deallocate(pick(op.a + i * op.c), core::Origin::kMalloc);
      return;
    case OpKind::kUsableSize:
      if (transcript_ != nullptr) transcript_->usable_size(user);
      static_cast<void>(heap.usable_size(reinterpret_cast<void*>(user), log_));
      return;
    case OpKind::kCoalesce:
      coalesce(op.a % 16U);
      return;
    case OpKind::kFlush:
    case OpKind::kDrain:
      flush();
      if (op.kind == OpKind::kDrain) coalesce(SIZE_MAX);
      return;
    case OpKind::kCheck:
      return check();
    case OpKind::kAddRegion:
      add_region(op.b);
      return;
    case OpKind::kGiveUp:
      return give_up(op.a % 2 == 0 ? 0 : op.c);
    default:
      return step_hostile(op);
  }
}

void HostilePlayer::step_hostile(const Op& op) {
  switch (op.kind) {
    case OpKind::kOverflow:
    case OpKind::kUnderflow:
      return overflow_from(pick(op.a), op);
    case OpKind::kDoubleFree:
      if (!freed_.empty()) deallocate(freed_[op.a % freed_.size()], origin_of(op.c));
      return;
    case OpKind::kResizeFreed:
      if (!freed_.empty()) reallocate(freed_[op.a % freed_.size()], op.b);
      return;
    case OpKind::kSmash:
    case OpKind::kFlipHeader:
    case OpKind::kWriteAfterFree:
      return smash(op);
    case OpKind::kCopyBytes:
      return copy(op);
    case OpKind::kSabotage:
      return break_out_of_band(op);
    case OpKind::kFreeAnywhere:
      return deallocate(place(op.a, op.b), origin_of(op.c));
    case OpKind::kResizeAnywhere:
      return resize(place(op.a, op.b), op.c);
    case OpKind::kFindAnywhere:
    case OpKind::kFindBlock: {
      const BlockSnapshot found = stage_.heap().find_block(place(op.a, op.b));
      require(!found.present() || inside(stage_, found.header, end_of(found)), "a block lies in a region");
      return;
    }
    default:
      return;
  }
}

}  // namespace padlock::fuzz
