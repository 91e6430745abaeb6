// Steps in which a function of libc is called with a block, by what its wrapper looks at: while other threads
// resize and free the blocks around it, and with a block that another thread is at work on.
#include "base/arith.h"
#include "core/block/layout.h"
#include "model/require.h"
#include "threads/conductor.h"
#include "threads/looks.h"

namespace padlock::fuzz {
namespace {

const unsigned char kSource[64] = {};

Looked call_of(const Step& step, unsigned char* to, std::size_t size) {
  const bool copies = step.extra % 2 != 0 && size <= sizeof kSource;
  return {to, copies ? kSource : nullptr, size};
}

}  // namespace

void Conductor::look(const Step& step) {
  if (step.extra / 2 % 3 == 2 && together_) return look_at_others(step);
  const Held& held = holdings_.at(step.place);
  if (held.present() && held.wound == Wound::kNone && held.size != 0) look_around(step, held);
}

// Within a block of the thread's own nothing is wrong, and one byte beyond it is, whatever others do.
void Conductor::look_around(const Step& step, const Held& held) {
  const std::size_t offset = step.size % held.size;
  const Looked within = call_of(step, held.memory + offset, held.size - offset);
  if (step.extra / 2 % 3 == 0) return look_closely(within);
  const Looked beyond = call_of(step, held.memory + offset, held.size - offset + 1);
  require(!shows_well(beyond), "no glance overlooks an overflow",
          {{"block", address_of(held.memory)}, {"size", held.size}, {"offset", offset}});
  const Told told{
      .kind = "heap-buffer-overflow", .block = held.memory, .accessed = address_of(held.memory) + held.size};
  if (together_) {
    told_together_[step.thread].push_back(told);
  } else {
    expect(told);
  }
  look_closely(beyond);
}

// With a block that the next thread had when the steps began, and may free or resize now: that is a bug,
// which is reported or not; but if so, it is about these bytes.
void Conductor::look_at_others(const Step& step) {
  if constexpr (kThreadSanitized) return;  // which would report the race itself
  const std::size_t next = (step.thread + 1) % kThreads;
  const Held& held = held_before_[step.place / kThreads * kThreads + next];
  if (!held.present() || held.size == 0 || held.wound != Wound::kNone) return;
  const std::uintptr_t user = address_of(held.memory);
  allowed_together_[step.thread].push_back({user - core::kHeaderSize, user + held.size + 1});
  const Looked all = call_of(step, held.memory, held.size);
  static_cast<void>(shows_well(all));
  look_closely(all);
}

}  // namespace padlock::fuzz
