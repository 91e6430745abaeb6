// Interposing a libc function that Padlock wants to know of, or whose arguments it changes, and that libc
// carries out:
//
//   PADLOCK_PASS_THROUGH(dlopen, runtime::on_dlopen)     // void on_dlopen(runtime::PassedCall&) noexcept
//
// defines and exports `dlopen`: a stub that calls the hook and then jumps to the next definition of the
// symbol. To libc it is the program that called: the return address is the program's, and the stack below the
// arguments is as it was, so variadic functions (execl) and those that look at their caller (dlopen) work as
// they are. Not for functions with floating-point arguments. In the shared library only, and every name used
// here is listed in tests/runtime/exported_symbols.txt.
//
// A hook that ends the call itself is no pass-through: such a function is written in C++, by system calls or,
// with PADLOCK_NEXT(name) for its record, by PADLOCK_NEXT_OF(name), which is the next definition of the
// symbol.
#pragma once

#include <atomic>

#include "runtime/process/passed_call.h"

namespace padlock::preload {

/// One interposed function. All of them lie in one section of the library, where start-up finds them.
struct PassThrough {
  const char* name;
  std::atomic<void*> next;
};

/// libc's function, or that of the next library that interposes it. Where there is none, a function that
/// fails with ENOSYS. Async-signal-safe once resolve_pass_throughs() has run.
void* next_of(PassThrough& function) noexcept;
/// Whether it is that one: there is none.
bool is_absent(const void* next) noexcept;

/// Start-up: looks all of them up, so that none takes a loader lock later, in a signal handler for instance.
void resolve_pass_throughs() noexcept;

}  // namespace padlock::preload

#define PADLOCK_NEXT(name)                \
  [[gnu::section("padlock_pass_through"), \
    gnu::used]] constinit padlock::preload::PassThrough padlock_pass_through_##name{#name, nullptr};
#define PADLOCK_NEXT_OF(name) \
  reinterpret_cast<decltype(&(name))>(padlock::preload::next_of(padlock_pass_through_##name))

#define PADLOCK_PASS_THROUGH(name, hook)                                           \
  PADLOCK_NEXT(name)                                                               \
  extern "C" [[gnu::used, gnu::visibility("hidden")]] void* padlock_before_##name( \
      padlock::runtime::PassedCall& call) noexcept {                               \
    hook(call);                                                                    \
    return padlock::preload::next_of(padlock_pass_through_##name);                 \
  }                                                                                \
  PADLOCK_PASS_THROUGH_STUB(#name)
