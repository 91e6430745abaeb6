// The rows of core/library_calls.def as functions that look at a call as the wrappers do, and do not make it:
//   closely_NAME(parameters)   the close look, which reports
//   near_NAME, known_NAME      the glances: whether they show too little
// Functions that only read are called first, where their row needs the result. Rows of input and of formats
// are not here: a harness calls what these call.
#pragma once

#include <cstdarg>
#include <cstddef>
#include <type_traits>

#include "runtime/interposed/detour.h"
#include "runtime/interposed/glance.h"
#include "runtime/interposed/library_call.h"

namespace padlock::fuzz::table {

template <typename T>
T nothing() {
  return T();
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
// NOLINTBEGIN: the names are libc's, lists of arguments and statements are passed to macros.
#define PADLOCK_FUZZ_GLANCE(prefix, sight, name, parameters, before, rules) \
  [[maybe_unused]] static bool prefix##_##name parameters {                 \
    before runtime::Glance<runtime::Sight::sight> site;                     \
    rules return site.shows_too_little();                                   \
  }
#define PADLOCK_FUZZ_ROW(call, type, name, parameters, before, rules)                     \
  [[maybe_unused]] [[gnu::noinline]] static type closely_##name parameters {              \
    before const runtime::LibraryCall site(core::Call::call, __builtin_frame_address(0)); \
    rules return nothing<type>();                                                         \
  }                                                                                       \
  PADLOCK_FUZZ_GLANCE(near, kNear, name, parameters, before, rules)                       \
  PADLOCK_FUZZ_GLANCE(known, kKnown, name, parameters, before, rules)

#define PADLOCK_LIBRARY_CALL(call, type, name, parameters, arguments, early, rules) \
  PADLOCK_FUZZ_ROW(call, type, name, parameters, , rules)
#define PADLOCK_LIBRARY_CALL_AFTER(call, type, name, parameters, arguments, early, rules) \
  type real_##name parameters __asm__(#name);                                             \
  PADLOCK_FUZZ_ROW(call, type, name, parameters, const type result = real_##name arguments;, rules)
#define PADLOCK_LIBRARY_CALL_TO_END(call, type, name, parameters, arguments)       \
  [[maybe_unused]] [[gnu::noinline]] static void closely_##name parameters {       \
    extern type real_##name parameters __asm__(#name);                             \
    std::remove_pointer_t<decltype(end)> found = nullptr;                          \
    if (end == nullptr) end = &found;                                              \
    static_cast<void>(real_##name arguments);                                      \
    const runtime::LibraryCall site(core::Call::call, __builtin_frame_address(0)); \
    site.reads_number(text, *end);                                                 \
  }
#define PADLOCK_LIBRARY_CALL_INTO(...)
#define PADLOCK_LIBRARY_CALL_FILL(...)
#define PADLOCK_LIBRARY_CALL_ONCE(...)
#define PADLOCK_LIBRARY_CALL_SCATTER(...)
#define PADLOCK_LIBRARY_CALL_LIST(...)
#define PADLOCK_LIBRARY_CALL_SCAN(...)
#define PADLOCK_LIBRARY_CALL_SCAN_LIST(...)
#include "core/library_calls.def"
#undef PADLOCK_FUZZ_ROW
#undef PADLOCK_FUZZ_GLANCE
// NOLINTEND
#pragma GCC diagnostic pop

}  // namespace padlock::fuzz::table
