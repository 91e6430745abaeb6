// The wrappers of libc's functions that core/library_calls.def lists: what a row says, then libc's function,
// to which the wrapper is gone by then where the call can be its last. Of a function's name only the linker
// knows here: headers and compiler have ideas of their own about it.
//
// Other libraries' resolvers of indirect functions may come here before this library is relocated, so on the
// `plain` way nothing is used but code and zero-initialized data of this library.
#include <cstddef>

#include "base/plain_memory.h"
#include "preload/exported.h"
#include "preload/pass_through.h"
#include "runtime/interposed/library_call.h"

namespace core = padlock::core;

// Several functions that call each other, but not their namesakes in libc.
#define PADLOCK_LIBRARY_FUNCTION(type, name, parameters)                \
  PADLOCK_NEXT(name)                                                    \
  PADLOCK_EXPORT type padlock_wrapped_##name parameters __asm__(#name); \
  type padlock_wrapped_##name parameters

#define PADLOCK_EARLY_plain(name, arguments) \
  if (function == nullptr) [[unlikely]]      \
    return padlock::plain::name arguments;
#define PADLOCK_EARLY_next(name, arguments) \
  if (function == nullptr) [[unlikely]]     \
    function = padlock::preload::next_of(padlock_pass_through_##name);

#define PADLOCK_FUNCTION_OF(name)                                                    \
  void* function = padlock_pass_through_##name.next.load(std::memory_order_relaxed); \
  [[maybe_unused]] const auto next = [](void* address) {                             \
    return reinterpret_cast<decltype(&padlock_wrapped_##name)>(address);             \
  };

// NOLINTBEGIN(bugprone-macro-parentheses): argument lists and statements.
#define PADLOCK_LIBRARY_CALL(call, type, name, parameters, arguments, early, rules)                         \
  PADLOCK_LIBRARY_FUNCTION(type, name, parameters) {                                                        \
    const padlock::runtime::LibraryCall site(core::Call::call, __builtin_frame_address(0));                 \
    rules PADLOCK_FUNCTION_OF(name) PADLOCK_EARLY_##early(name, arguments) return next(function) arguments; \
  }

#define PADLOCK_LIBRARY_CALL_AFTER(call, type, name, parameters, arguments, early, rules)   \
  PADLOCK_LIBRARY_FUNCTION(type, name, parameters) {                                        \
    PADLOCK_FUNCTION_OF(name)                                                               \
    PADLOCK_EARLY_##early(name, arguments) type result = next(function) arguments;          \
    const padlock::runtime::LibraryCall site(core::Call::call, __builtin_frame_address(0)); \
    rules return result;                                                                    \
  }

// NOLINTEND(bugprone-macro-parentheses)

#include "core/library_calls.def"
