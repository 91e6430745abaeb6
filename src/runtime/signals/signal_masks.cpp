// The calling thread's two masks.
#include "runtime/signals/signal_masks.h"

#include <atomic>
#include <cerrno>

#include "runtime/memory/own_memory.h"

namespace padlock::runtime {
namespace {

using os::SignalSet;

constexpr SignalSet kStandIn = os::set_of(SIGSTKFLT);
constexpr SignalSet kSpecial = kTraps | kStandIn;
// Libc's own two, which it keeps programs from blocking.
constexpr SignalSet kLibcs = os::set_of(32) | os::set_of(33);

constinit std::atomic<bool> guarded{false};

bool is_guarded() noexcept { return guarded.load(std::memory_order_relaxed); }

// What the stand-in stands for while it is blocked. 0: not known, since the thread got its mask from another
// thread or from an action's mask: most likely what was last asked for.
constinit thread_local SignalSet stands_for __attribute__((tls_model("initial-exec"))) = 0;
constinit std::atomic<SignalSet> latest{kSpecial};

SignalSet known_hidden() noexcept {
  return stands_for != 0 ? stands_for : latest.load(std::memory_order_relaxed);
}

SignalSet hidden_in(SignalSet kernel) noexcept { return (kernel & kStandIn) != 0 ? known_hidden() : 0; }

void remember(SignalSet special) noexcept {
  if (special == 0) return;
  stands_for = special;
  latest.store(special, std::memory_order_relaxed);
}

// Each takes a set that concerns the traps, and leaves in `before` what the kernel had.
int block(SignalSet set, SignalSet& before) noexcept {
  const os::SystemResult result = os::change_signal_mask(SIG_BLOCK, mask_for_kernel(set), &before);
  if (result.ok()) remember(hidden_in(before) | (set & kSpecial));
  return result.error();
}

// What stays blocked is remembered first: a signal that has waited comes before the call returns.
int unblock(SignalSet set, SignalSet& before) noexcept {
  os::change_signal_mask(SIG_BLOCK, 0, &before);
  const SignalSet rest = hidden_in(before) & ~set;
  remember(rest);
  const SignalSet kernels = rest == 0 ? set | kStandIn : set & ~kStandIn;
  return os::change_signal_mask(SIG_UNBLOCK, kernels).error();
}

int replace(SignalSet set, SignalSet& before) noexcept {
  remember(set & kSpecial);
  return os::change_signal_mask(SIG_SETMASK, mask_for_kernel(set), &before).error();
}

int change(int how, SignalSet set, SignalSet& before) noexcept {
  if (!concerns_traps(set) || !memory_is_own()) return os::change_signal_mask(how, set, &before).error();
  if (how == SIG_BLOCK) return block(set, before);
  if (how == SIG_UNBLOCK) return unblock(set, before);
  return how == SIG_SETMASK ? replace(set, before) : EINVAL;
}

}  // namespace

SignalSet mask_for_kernel(SignalSet mask) noexcept {
  return concerns_traps(mask) ? (mask & ~kTraps) | kStandIn : mask;
}

SignalSet hidden_part(SignalSet mask) noexcept { return mask & kSpecial; }

SignalSet mask_for_program(SignalSet mask) noexcept { return mask_for_program(mask, known_hidden()); }

SignalSet mask_for_program(SignalSet mask, SignalSet hidden) noexcept {
  return (mask & kStandIn) != 0 && is_guarded() ? (mask & ~kStandIn) | hidden : mask;
}

SignalSet remember_traps(SignalSet mask) noexcept {
  const SignalSet former = stands_for;
  stands_for = mask & kSpecial;
  return former;
}

bool concerns_traps(SignalSet mask) noexcept { return (mask & kSpecial) != 0 && is_guarded(); }

int change_program_mask(int how, const SignalSet* set, SignalSet* before) noexcept {
  const SignalSet hidden = known_hidden();
  SignalSet former = 0;
  const int error =
      set != nullptr
          ? change(how, *set & ~kLibcs, former)
          : os::program_call(SYS_rt_sigprocmask, how, nullptr, &former, os::kSignalSetSize).error();
  if (error == 0 && before != nullptr) *before = mask_for_program(former, hidden);
  return error;
}

void adopt_signal_mask() noexcept {
  if (!is_guarded()) return;
  SignalSet inherited = 0;
  os::change_signal_mask(SIG_UNBLOCK, kTraps, &inherited);
  if ((inherited & kTraps) == 0) return;
  os::change_signal_mask(SIG_BLOCK, kStandIn);
  remember(inherited & kSpecial);
}

void prepare_mask_for_exec() noexcept {
  SignalSet kernel = 0;
  os::change_signal_mask(SIG_BLOCK, 0, &kernel);
  const SignalSet programs = mask_for_program(kernel);
  if (programs != kernel) os::change_signal_mask(SIG_SETMASK, programs);
}

void guard_signal_masks() noexcept {
  guarded.store(true, std::memory_order_relaxed);
  SignalSet inherited = 0;
  os::change_signal_mask(SIG_BLOCK, 0, &inherited);
  remember(inherited & kStandIn);  // blocked before it stood for anything
  adopt_signal_mask();
}

}  // namespace padlock::runtime
