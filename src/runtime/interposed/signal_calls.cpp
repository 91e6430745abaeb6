// sigaction, signal, sigprocmask and their relatives: conversion between libc's types and the kernel's.
#include "runtime/interposed/signal_calls.h"

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "os/signal_action.h"
#include "runtime/signals/signal_masks.h"
#include "runtime/signals/signal_table.h"

namespace padlock::runtime {
namespace {

using os::SignalSet;

// libc's own signals, which it keeps from programs.
constexpr int kFirstOfLibc = 32;
constexpr int kLastOfLibc = 33;

// These cannot be blocked; the kernel takes them out of every mask.
constexpr SignalSet kUnblockable = os::set_of(SIGKILL) | os::set_of(SIGSTOP);

const SignalHandler hold = reinterpret_cast<SignalHandler>(2);  // SIG_HOLD

// siginterrupt(3): signals whose handlers, set by signal(3), interrupt system calls.
constinit std::atomic<SignalSet> interrupting{0};

bool is_programs(int signal) noexcept {
  return signal > 0 && signal <= kSignals && (signal < kFirstOfLibc || signal > kLastOfLibc);
}

int fail(int error) noexcept {
  errno = error;
  return -1;
}

int result_of(int error) noexcept { return error == 0 ? 0 : fail(error); }

SignalSet read_set(const sigset_t& set) noexcept {
  SignalSet words = 0;
  std::memcpy(&words, &set, sizeof words);
  return words;
}

void write_set(sigset_t& set, SignalSet words) noexcept { std::memcpy(&set, &words, sizeof words); }

os::SignalAction from_libc(const struct sigaction& action) noexcept {
  return os::with_restorer({.handler = reinterpret_cast<std::uintptr_t>(action.sa_handler),
                            .flags = static_cast<std::uint32_t>(action.sa_flags),
                            .restorer = 0,
                            .mask = read_set(action.sa_mask) & ~kUnblockable});
}

void to_libc(const os::SignalAction& action, struct sigaction& libcs) noexcept {
  libcs = {};
  libcs.sa_handler = reinterpret_cast<SignalHandler>(action.handler);
  libcs.sa_flags = static_cast<int>(action.flags);
  libcs.sa_restorer = reinterpret_cast<void (*)()>(action.restorer);
  write_set(libcs.sa_mask, action.mask);
}

// signal(3) and its like: the handler before, or SIG_ERR.
SignalHandler set_handler(int signal, SignalHandler handler, std::uint64_t flags, SignalSet mask) noexcept {
  if (handler == SIG_ERR || !is_programs(signal)) {
    errno = EINVAL;
    return SIG_ERR;
  }
  const os::SignalAction action = os::with_restorer(
      {.handler = reinterpret_cast<std::uintptr_t>(handler), .flags = flags, .restorer = 0, .mask = mask});
  os::SignalAction before;
  if (const int error = signal_table.change(signal, &action, &before); error != 0) {
    errno = error;
    return SIG_ERR;
  }
  return reinterpret_cast<SignalHandler>(before.handler);
}

int change_one(int how, int signal) noexcept {
  if (signal < 1 || signal > kSignals) return fail(EINVAL);
  const SignalSet set = os::set_of(signal);
  return result_of(change_program_mask(how, &set, nullptr));
}

}  // namespace

int sigaction_call(int signal, const struct sigaction* action, struct sigaction* before) noexcept {
  if (!is_programs(signal)) return fail(EINVAL);
  os::SignalAction given;
  if (action != nullptr) given = from_libc(*action);
  os::SignalAction present;
  const int error = signal_table.change(signal, action != nullptr ? &given : nullptr, &present);
  if (error != 0) return fail(error);
  if (before != nullptr) to_libc(present, *before);
  return 0;
}

SignalHandler signal_call(int signal, SignalHandler handler) noexcept {
  if (!is_programs(signal)) return set_handler(signal, SIG_ERR, 0, 0);
  const SignalSet itself = os::set_of(signal);
  const bool interrupts = (interrupting.load(std::memory_order_relaxed) & itself) != 0;
  return set_handler(signal, handler, interrupts ? 0 : SA_RESTART, itself);
}

SignalHandler sysv_signal_call(int signal, SignalHandler handler) noexcept {
  return set_handler(signal, handler, static_cast<unsigned>(SA_RESETHAND) | SA_NODEFER | SA_INTERRUPT, 0);
}

SignalHandler sigset_call(int signal, SignalHandler handler) noexcept {
  if (handler == SIG_ERR || !is_programs(signal)) return set_handler(signal, SIG_ERR, 0, 0);
  const SignalSet itself = os::set_of(signal);
  SignalSet blocked = 0;
  if (handler == hold) {
    change_program_mask(SIG_BLOCK, &itself, &blocked);
    if ((blocked & itself) != 0) return hold;
    os::SignalAction present;
    signal_table.change(signal, nullptr, &present);
    return reinterpret_cast<SignalHandler>(present.handler);
  }
  const SignalHandler before = set_handler(signal, handler, 0, 0);
  if (before == SIG_ERR) return before;
  change_program_mask(SIG_UNBLOCK, &itself, &blocked);
  return (blocked & itself) != 0 ? hold : before;
}

int sigignore_call(int signal) noexcept { return set_handler(signal, SIG_IGN, 0, 0) == SIG_ERR ? -1 : 0; }

int siginterrupt_call(int signal, int interrupt) noexcept {
  struct sigaction action;
  if (sigaction_call(signal, nullptr, &action) != 0) return -1;
  if (interrupt != 0) {
    interrupting.fetch_or(os::set_of(signal), std::memory_order_relaxed);
    action.sa_flags &= ~SA_RESTART;
  } else {
    interrupting.fetch_and(~os::set_of(signal), std::memory_order_relaxed);
    action.sa_flags |= SA_RESTART;
  }
  return sigaction_call(signal, &action, nullptr);
}

int pthread_sigmask_call(int how, const sigset_t* set, sigset_t* before) noexcept {
  SignalSet given = 0;
  if (set != nullptr) given = read_set(*set);
  SignalSet former = 0;
  const int error = change_program_mask(how, set != nullptr ? &given : nullptr, &former);
  if (error == 0 && before != nullptr) write_set(*before, former);
  return error;
}

int sigprocmask_call(int how, const sigset_t* set, sigset_t* before) noexcept {
  return result_of(pthread_sigmask_call(how, set, before));
}

int sighold_call(int signal) noexcept { return change_one(SIG_BLOCK, signal); }

int sigrelse_call(int signal) noexcept { return change_one(SIG_UNBLOCK, signal); }

int bsd_mask_call(int how, int mask) noexcept {
  const SignalSet set = static_cast<std::uint32_t>(mask);
  SignalSet before = 0;
  change_program_mask(how, &set, &before);
  return static_cast<int>(static_cast<std::uint32_t>(before));
}

template <unsigned Argument>
void on_call_with_mask(PassedCall& call) noexcept {
  // One for each thread: the kernel has read it before any handler can come that waits in the same way.
  static constinit thread_local sigset_t mask __attribute__((tls_model("initial-exec"))) = {};
  std::uintptr_t& argument = call.argument[Argument];
  if (argument == 0) return;
  const SignalSet given = read_set(*reinterpret_cast<const sigset_t*>(argument));
  if (!concerns_traps(given)) return;
  write_set(mask, mask_for_kernel(given));
  argument = reinterpret_cast<std::uintptr_t>(&mask);
}

template void on_call_with_mask<0>(PassedCall&) noexcept;
template void on_call_with_mask<1>(PassedCall&) noexcept;
template void on_call_with_mask<3>(PassedCall&) noexcept;
template void on_call_with_mask<4>(PassedCall&) noexcept;
template void on_call_with_mask<5>(PassedCall&) noexcept;

}  // namespace padlock::runtime
