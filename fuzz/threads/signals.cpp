// Steps that await a signal, whose handler comes in again: where it interrupts the allocator, memory is given
// all the same, and that is reported; anywhere else its calls are calls like all others.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "model/require.h"
#include "runtime/calls/allocator.h"
#include "runtime/calls/checks.h"
#include "runtime/threads/thread_slot.h"
#include "threads/calls.h"
#include "threads/conductor.h"

namespace padlock::fuzz {
namespace {

using core::Origin;

enum class InHandler : std::uint8_t { kAllocate, kCheck, kFree };

// A call in a handler is reported once for each place that it comes from.
std::array<std::atomic<bool>, 3> told_unsafe;

struct Awaiting {
  Conductor* conductor = nullptr;
  const Step* step = nullptr;
};
thread_local Awaiting awaiting __attribute__((tls_model("initial-exec")));

__attribute__((noinline)) trace::FrameState here() { return PADLOCK_CALLER_STATE(); }

}  // namespace

// The handler runs at a moment that the schedule says, or when the thread has made its steps.
void Conductor::await_signal(const Step& step) {
  if (awaits_signal_[step.thread]) return;
  awaits_signal_[step.thread] = true;
  signals_[step.thread] = step;
  awaiting = {this, &signals_[step.thread]};
  crew_.await_signal(true);
}

void Conductor::raise_awaited(std::size_t thread) {
  if (awaits_signal_[thread]) raise(Crew::kSignalNumber);
}

void Conductor::on_signal(int /*signal*/) {
  if (awaiting.conductor == nullptr) return;
  const int before = errno;
  errno = 0;
  awaiting.conductor->interrupt(*awaiting.step);
  require(errno == 0, "calls of a handler keep errno");
  errno = before;
}

void Conductor::interrupt(const Step& step) {
  awaits_signal_[step.thread] = false;
  awaiting = {};
  crew_.await_signal(false);
  auto what = static_cast<InHandler>(step.extra % 3);
  if (what == InHandler::kAllocate && guards_.are_on()) what = InHandler::kCheck;
  const bool enters = runtime::thread_slot.is_idle();
  const bool reported =
      runtime::thread_slot.is_working() && (what != InHandler::kFree || holdings_.at(step.place).present());
  if (reported && !told_unsafe[static_cast<std::size_t>(what)].exchange(true)) {
    const Told told{.kind = "signal-unsafe-call"};
    if (together_) {
      told_together_[step.thread].push_back(told);
    } else {
      expect(told);
    }
  }
  switch (what) {
    case InHandler::kAllocate:
      return allocate_in_handler(step, enters);
    case InHandler::kCheck: {
      if (enters) return check(step);
      const std::size_t found = runtime::check_heap(core::Moment::kCheck, here()).all();
      return require(found == 0, "the allocator is not checked while it is interrupted", {{"found", found}});
    }
    case InHandler::kFree:
      return free_in_handler(step, enters);
  }
}

void Conductor::allocate_in_handler(const Step& step, bool enters) {
  Held held;
  held.size = std::max<std::size_t>(step.bytes(), 1);
  held.memory =
      static_cast<unsigned char*>(allocate_as_malloc(held.size, Origin::kMalloc, step.thread % 2 == 0));
  require(held.memory != nullptr, "a handler gets memory", {{"size", held.size}});
  held.fill(step.extra);
  require(!enters || runtime::usable_size(held.memory, here()) == held.size,
          "the usable size is the requested size", {{"size", held.size}});
  held.verify();
  release_as_free(held.memory, Origin::kMalloc, step.thread % 2 == 0);
  if (together_) {
    given_together_[step.thread].push_back(held);
  } else {
    holdings_.forget_freed(held);
  }
}

// What the allocator does not take back while it is interrupted stays the program's.
void Conductor::free_in_handler(const Step& step, bool enters) {
  Held& held = holdings_.at(step.place);
  if (!held.present()) return;
  held.verify();
  release_as_free(held.memory, held.origin, step.thread % 2 == 0);
  if (enters) note_freed(step, std::exchange(held, {}));
}

}  // namespace padlock::fuzz
