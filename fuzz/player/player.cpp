// From the operands of an op to the arguments of a call.
#include "player/player.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/arith.h"
#include "core/block/layout.h"
#include "model/given_up.h"
#include "model/require.h"

namespace padlock::fuzz {
namespace {

void print_op(const void* context) {
  const Op* op = *static_cast<const Op* const*>(context);
  std::fprintf(stderr, "while: %s\n", op == nullptr ? "freeing what is left" : to_text(*op).c_str());
}

bool is_malloc_family(core::Origin origin) noexcept {
  return origin == core::Origin::kMalloc || origin == core::Origin::kAligned;
}

}  // namespace

std::size_t size_of(std::uint16_t operand) noexcept {
  constexpr std::array<std::size_t, 6> kAbsurd = {core::kMaxRequest - 1, core::kMaxRequest,
                                                  core::kMaxRequest + 1, core::kMaxRegion,
                                                  SIZE_MAX - 40,         SIZE_MAX};
  constexpr std::size_t kFirstAbsurd = 65536 - kAbsurd.size();
  return operand < kFirstAbsurd ? operand : kAbsurd[operand - kFirstAbsurd];
}

core::Origin origin_of(std::uint8_t operand) noexcept { return static_cast<core::Origin>(operand % 4); }

Player::Player(const Program& program, Transcript* transcript)
    : program_(program), heap_(program.setup, transcript) {
  set_context(&print_op, &current_);
}

Player::~Player() { set_context(nullptr, nullptr); }

core::Caller Player::caller() {
  core::Caller by;
  by.trace = ++trace_;
  by.thread = thread_;
  return by;
}

const LiveBlock* Player::pick_live(std::size_t index) const {
  const auto& live = heap_.book().live;
  if (live.empty()) return nullptr;
  return &std::next(live.begin(), static_cast<std::ptrdiff_t>(index % live.size()))->second;
}

const core::BlockSnapshot* Player::pick_freed(std::size_t index) const {
  const auto& idle = heap_.book().idle;
  const auto freed =
      std::count_if(idle.begin(), idle.end(), [](const auto& entry) { return entry.second.handed_out; });
  if (freed == 0) return nullptr;
  auto left = static_cast<std::ptrdiff_t>(index) % freed;
  for (const auto& [header, entry] : idle) {
    if (entry.handed_out && left-- == 0) return &entry.identity;
  }
  return nullptr;
}

void Player::play() {
  for (const Op& op : program_.ops) {
    current_ = &op;
    step(op);
  }
  current_ = nullptr;
  finish();
}

void Player::finish() {
  heap_.check(core::Moment::kExit);
  while (const LiveBlock* live = pick_live(0)) free_block(*live, false);
  heap_.check(core::Moment::kCheck);
  heap_.drain();
  heap_.check(core::Moment::kCheck);
  heap_.give_up_insides();
  heap_.check(core::Moment::kCheck);
  heap_.give_up(0);
  heap_.check(core::Moment::kCheck);
}

void Player::step(const Op& op) {
  if (op.kind < OpKind::kOverflow) {
    step_legal(op);
  } else {
    step_misuse(op);
  }
}

void Player::step_legal(const Op& op) {
  const LiveBlock* live = pick_live(op.a);
  switch (op.kind) {
    case OpKind::kAllocate:
      return allocate(size_of(op.b), 0, origin_of(op.c));
    case OpKind::kAllocateAligned:
      return allocate(size_of(op.b), std::size_t{1} << (op.a % 31), origin_of(op.c));
    case OpKind::kAllocateZeroed: {
      if (const auto bytes = checked_multiply(op.a, size_of(op.b))) allocate(*bytes, 0, origin_of(op.c));
      return;
    }
    case OpKind::kAllocateMany:
      for (unsigned i = 0; i < op.a % 32U; ++i) allocate(size_of(op.b), 0, origin_of(op.c));
      return;
    case OpKind::kReallocate:
      if (live != nullptr && is_malloc_family(live->identity.origin)) {
        reallocate(*live, size_of(op.b), core::Origin::kMalloc);
      }
      return;
    case OpKind::kResize:
      if (live != nullptr && is_malloc_family(live->identity.origin)) resize(*live, size_of(op.b));
      return;
    case OpKind::kFree:
    case OpKind::kFreeSized:
      if (live != nullptr) free_block(*live, op.kind == OpKind::kFreeSized);
      return;
    case OpKind::kFreeMany:
      return free_many(op);
    case OpKind::kUsableSize:
      if (live != nullptr) heap_.usable_size(live->identity.user);
      return;
    case OpKind::kWrite:
      if (live != nullptr) heap_.fill(live->identity.user, op.c);
      return;
    case OpKind::kFindBlock:
      if (live != nullptr) heap_.find_block(live->identity.header + op.b);
      return;
    case OpKind::kCoalesce:
      static_cast<void>(heap_.coalesce(op.a % 16U));
      return;
    case OpKind::kFlush:
      return heap_.flush();
    case OpKind::kCheck:
      return heap_.check(op.a % 2 == 0 ? core::Moment::kCheck : core::Moment::kExit);
    case OpKind::kDrain:
      return heap_.drain();
    case OpKind::kAddRegion:
      static_cast<void>(heap_.add_region(op.b));
      return;
    case OpKind::kFailGrowth:
      fail_growth_ = true;
      return;
    case OpKind::kSwitchThread:
      thread_ = op.a;
      return;
    case OpKind::kGiveUp:
      if (op.a % 4 < 2) heap_.give_up_insides();
      return heap_.give_up(op.a % 2 == 0 ? 0 : op.c);
    default:
      return;
  }
}

void Player::allocate(std::size_t size, std::size_t alignment, core::Origin origin) {
  constexpr std::size_t kMostLive = 100;  // each rule looks at each block after each op
  if (heap_.book().live.size() >= kMostLive) return;
  core::AllocRequest request;
  request.size = size;
  request.alignment = alignment;
  request.origin = origin;
  request.by = caller();
  if (first_allocation_) request.by.number = program_.setup.first_number();
  first_allocation_ = false;
  void* user = heap_.allocate(request);
  const bool may_grow = program_.setup.grows() && !fail_growth_ && size <= Stage::kMaxRegionBytes;
  if (user == nullptr) fail_growth_ = false;
  if (user == nullptr && may_grow &&
      heap_.add_region(block_bytes_for(size) + std::min<std::size_t>(alignment, 8192))) {
    user = heap_.allocate(request);
  }
  if (user != nullptr) heap_.fill(address_of(user), static_cast<std::uint8_t>(trace_ * 37));
}

void Player::free_block(const LiveBlock& live, bool sized) {
  const core::BlockSnapshot block = live.identity;
  core::FreeRequest request;
  request.origin = block.origin;
  if (sized) request.size = block.requested;
  const bool from_new = !is_malloc_family(block.origin);
  if (block.alignment != 0 && (from_new || sized)) request.alignment = block.alignment;
  request.by = caller();
  heap_.deallocate(block.user, request);
}

// Every so many'th block from a place on: leaves holes.
void Player::free_many(const Op& op) {
  const std::size_t step = op.c % 8U;
  for (std::size_t i = 0; i < op.b % 32U; ++i) {
    const LiveBlock* live = pick_live(op.a + i * step);
    if (live == nullptr) return;
    free_block(*live, false);
  }
}

void Player::reallocate(const LiveBlock& live, std::size_t size, core::Origin origin) {
  core::AllocRequest request;
  request.size = size;
  request.origin = origin;
  request.by = caller();
  void* user = heap_.reallocate(live.identity.user, request);
  if (user != nullptr) heap_.fill(address_of(user), static_cast<std::uint8_t>(trace_ * 41));
}

void Player::resize(const LiveBlock& live, std::size_t size) {
  core::AllocRequest request;
  request.size = size;
  request.by = caller();
  const std::uintptr_t user = live.identity.user;
  if (heap_.resize(user, request) == core::ResizeOutcome::kResized) {
    heap_.fill(user, static_cast<std::uint8_t>(trace_ * 43));
  }
}

}  // namespace padlock::fuzz
