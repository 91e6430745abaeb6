// The steps of a script that are bugs on purpose, and what has to be reported for each.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/arith.h"
#include "core/block/layout.h"
#include "model/require.h"
#include "runtime/calls/allocator.h"
#include "runtime/calls/checks.h"
#include "runtime/holders/place.h"
#include "threads/calls.h"
#include "threads/conductor.h"

namespace padlock::fuzz {
namespace {

using core::Origin;

constexpr std::size_t kMostOverflow = 8;      // the least that a padding has
constexpr std::size_t kSmallest = 16 * 1024;  // blocks below are never large

// Memory that was merged and cut anew for a cache goes by another name, or is shorter: heap_misuse knows
// those rules.
bool still_a_block(const Freed& freed) {
  const auto address = reinterpret_cast<std::uintptr_t>(freed.memory);
  const core::BlockSnapshot block = runtime::find_block(address);
  return block.user == address && block.state != core::BlockState::kBlank && block.requested == freed.size &&
         block.header + block.block_size >= address + freed.size + core::kMinPadding;
}

// The heap has forgotten that there ever was a block.
bool given_up(const Freed& freed) {
  return !runtime::find_block(reinterpret_cast<std::uintptr_t>(freed.memory)).present();
}

__attribute__((noinline)) trace::FrameState here() { return PADLOCK_CALLER_STATE(); }

}  // namespace

void Conductor::misuse(const Step& step) {
  switch (step.action) {
    case Action::kOverflow:
    case Action::kUnderflow:
      return wound(step);
    case Action::kWildFree:
      return free_wild(step);
    case Action::kInteriorFree:
    case Action::kMismatchedFree:
    case Action::kMisSizedFree: {
      Held& held = holdings_.at(step.place);
      if (held.present() && held.wound == Wound::kNone) free_badly(step, held);
      return;
    }
    case Action::kProbe:
      return probe(step);
    default:
      if (const Closed* closed = guards_.closed(step.place); closed != nullptr && step.place % 2 != 0)
        return use_closed(step, *closed);
      if (Freed* freed = holdings_.freed(step.place); freed != nullptr) use_freed(step, *freed);
  }
}

void Conductor::wound(const Step& step) {
  Held& held = holdings_.at(step.place);
  if (!held.present() || held.wound != Wound::kNone) return;
  if (held.guarded) return wound_guarded(step, held);
  const auto change = static_cast<unsigned char>(step.extra | 1);
  held.wound_gap = 0;
  if (step.action == Action::kUnderflow) {
    held.memory[-1] ^= change;
    held.wound = Wound::kUnderflow;
    held.wound_length = 1;
    return;
  }
  held.wound_length = 1 + step.size % kMostOverflow;
  for (std::size_t i = 0; i < held.wound_length; ++i) held.memory[held.size + i] ^= change;
  held.wound = Wound::kOverflow;
}

// Anywhere in the slack on one side; where there is none the access would trap.
void Conductor::wound_guarded(const Step& step, Held& held) {
  constexpr std::uint64_t kLongest = 24;
  const AddressRange pages = pages_of(held.memory, held.size);
  const std::uintptr_t user = address_of(held.memory);
  const bool before = step.action == Action::kUnderflow;
  const std::size_t slack = before ? user - pages.begin : pages.end - user - held.size;
  if (slack == 0) return probe(step);
  held.wound_length = 1 + step.size % std::min<std::uint64_t>(slack, kLongest);
  held.wound_gap = step.size / kLongest % (slack - held.wound_length + 1);
  held.wound = before ? Wound::kUnderflow : Wound::kOverflow;
  unsigned char* const begin = reinterpret_cast<unsigned char*>(held.wound_told().address());
  for (std::size_t i = 0; i < held.wound_length; ++i) begin[i] ^= static_cast<unsigned char>(step.extra | 1);
}

// An access up to a page before or beyond a guarded block, or anywhere around one that is closed.
void Conductor::probe(const Step& step) {
  using core::FaultKind;
  constexpr std::size_t kPage = 4096;
  const core::Access access = step.extra % 2 == 0 ? core::Access::kRead : core::Access::kWrite;
  if (const Held& held = holdings_.at(step.place); held.present()) {
    if (!held.guarded) return;
    const AddressRange pages = pages_of(held.memory, held.size);
    const bool before = step.action == Action::kUnderflow || step.extra / 2 % 2 != 0;
    const std::uintptr_t address =
        before ? pages.begin - 1 - step.size % kPage : pages.end + step.size % kPage;
    const FaultKind kind = before ? FaultKind::kHeapBufferUnderflow : FaultKind::kHeapBufferOverflow;
    return Guards::require_trap(address, access, kind, held.memory);
  }
  const Closed* const closed = guards_.closed(step.place);
  if (closed == nullptr) return;
  const std::uintptr_t address = closed->pages.begin - kPage + step.size % (closed->pages.size() + 2 * kPage);
  Guards::require_trap(
      address, access,
      access == core::Access::kRead ? FaultKind::kUseAfterFree : FaultKind::kUseAfterFreeWrite,
      closed->memory);
}

void Conductor::use_closed(const Step& step, const Closed& closed) {
  switch (step.action) {
    case Action::kDoubleFree:
      expect({"double-free", closed.memory, 0, 0});
      return runtime::release(closed.memory, {}, here());
    case Action::kResizeFreed:
      expect({"use-after-free", closed.memory, 0, 0});
      require(runtime::reallocate(closed.memory, step.bytes() + 1, here()) == nullptr && errno == EINVAL,
              "what is freed is not resized");
      return;
    default:
      return Guards::require_trap(closed.pages.begin + step.size % closed.pages.size(), core::Access::kWrite,
                                  core::FaultKind::kUseAfterFreeWrite, closed.memory);
  }
}

void Conductor::free_badly(const Step& step, Held& held) {
  runtime::ReleaseCall call;
  call.call = releasing_call(held.origin);
  if (step.action == Action::kInteriorFree) {
    expect({"invalid-free", held.memory, 0, 0});
    return runtime::release(held.memory + 1 + step.extra % 15, call, here());
  }
  if (step.action == Action::kMismatchedFree) {
    call.call = held.origin == Origin::kNewArray ? core::Call::kDelete : core::Call::kDeleteArray;
    expect({"alloc-dealloc-mismatch", held.memory, 0, 0});
  } else {
    if (held.alignment != 0) return;
    call.size = held.size + 1 + step.extra;
    expect({"delete-size-mismatch", held.memory, 0, 0});
  }
  runtime::release(held.memory, call, here());
  note_freed(step, std::exchange(held, {}));
}

void Conductor::free_wild(const Step& step) {
  static int object = 0;
  int local = 0;
  void* const pointers[] = {&object, &local, reinterpret_cast<void*>(0x1230),
                            reinterpret_cast<void*>(UINTPTR_MAX - step.size)};
  expect({"invalid-free", nullptr, 0, 0});
  runtime::release(pointers[step.extra % 4], {}, here());
}

void Conductor::free_given_up(const Step& step, const Freed& freed) {
  if (step.action == Action::kWriteAfterFree) return;  // nobody would notice
  expect({"invalid-free", nullptr, 0, 0});
  if (step.action == Action::kDoubleFree) return runtime::release(freed.memory, {}, here());
  require(runtime::reallocate(freed.memory, step.bytes() + 1, here()) == nullptr && errno == EINVAL,
          "what is given up is not resized");
}

void Conductor::use_freed(const Step& step, Freed& freed) {
  if (given_up(freed)) return free_given_up(step, freed);
  if (!still_a_block(freed)) return;
  switch (step.action) {
    case Action::kDoubleFree:
      expect({"double-free", freed.memory, 0, 0});
      return runtime::release(freed.memory, {}, here());
    case Action::kResizeFreed:
      expect({"use-after-free", freed.memory, 0, 0});
      require(runtime::reallocate(freed.memory, step.bytes() + 1, here()) == nullptr && errno == EINVAL,
              "what is freed is not resized");
      return;
    default: {
      // A large block's pages cannot be written to any more.
      if (freed.written || freed.size == 0 || freed.size >= kSmallest) return;
      freed.written = true;
      const std::size_t offset = step.size % freed.size;
      const unsigned char before = freed.memory[offset];
      freed.memory[offset] = static_cast<unsigned char>(before ^ (step.extra | 1));
      expect_wounds();
      // What was merged, cut for a cache and merged again keeps the names of its parts.
      expect({"use-after-free-write", freed.memory, static_cast<std::int64_t>(offset), 1, true});
      const std::size_t found = runtime::check_heap(core::Moment::kCheck, here()).all();
      freed.memory[offset] = before;
      require(found == holdings_.wounds() + 1, "a check finds what is damaged, and nothing else",
              {{"found", found}, {"wounds", holdings_.wounds()}});
    }
  }
}

}  // namespace padlock::fuzz
