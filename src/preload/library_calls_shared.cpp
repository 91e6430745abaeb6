// The wrappers of libc's functions that core/library_calls.def lists: what a row says, then libc's function,
// to which the wrapper is gone by then where the call can be its last. Of a function's name only the linker
// knows here: headers and compiler have ideas of their own about it.
//
// Other libraries' resolvers of indirect functions may come here before this library is relocated, so on the
// `plain` way nothing is used but code and zero-initialized data of this library.
#include <algorithm>
#include <cstdarg>
#include <cstddef>
#include <type_traits>

#include "base/plain_memory.h"
#include "preload/exported.h"
#include "preload/pass_through.h"
#include "runtime/interposed/detour.h"
#include "runtime/interposed/glance.h"
#include "runtime/interposed/library_call.h"
#include "runtime/interposed/scan_room.h"

namespace core = padlock::core;
namespace runtime = padlock::runtime;
using runtime::at_least;
using runtime::at_least_text;
using runtime::exactly;

// Several functions that call each other, but not their namesakes in libc.
#define PADLOCK_DECLARE(type, name, parameters) \
  PADLOCK_NEXT(name)                            \
  PADLOCK_EXPORT type padlock_wrapped_##name parameters __asm__(#name);
#define PADLOCK_LIBRARY_FUNCTION(type, name, parameters) \
  PADLOCK_DECLARE(type, name, parameters)                \
  type padlock_wrapped_##name parameters

#define PADLOCK_EARLY_plain(name, arguments) \
  if (function == nullptr) [[unlikely]]      \
    return padlock::plain::name arguments;
#define PADLOCK_EARLY_next(name, arguments) \
  if (function == nullptr) [[unlikely]]     \
    function = padlock::preload::next_of(padlock_pass_through_##name);
#define PADLOCK_EARLY_own(name, arguments)                                       \
  PADLOCK_EARLY_next(name, arguments) if (padlock::preload::is_absent(function)) \
      [[unlikely]] return padlock::plain::name arguments;

#define PADLOCK_FUNCTION_OF(name)                                                    \
  void* function = padlock_pass_through_##name.next.load(std::memory_order_relaxed); \
  [[maybe_unused]] const auto next = [](void* address) {                             \
    return reinterpret_cast<decltype(&padlock_wrapped_##name)>(address);             \
  };

// NOLINTBEGIN(bugprone-macro-parentheses): argument lists and statements.
// In a function of its own, to which the wrapper jumps: a wrapper that has passed all its arguments on needs
// no frame. Its frame is then the one of the function that the program called, so where nothing is made a
// jump it has to be part of that.
#ifdef __OPTIMIZE__
#define PADLOCK_CLOSELY [[gnu::noinline]]
#else
#define PADLOCK_CLOSELY [[gnu::always_inline]] inline
#endif
#define PADLOCK_LIBRARY_CALL_CLOSELY(call, type, name, parameters, body)                    \
  PADLOCK_CLOSELY static type padlock_closely_##name parameters {                           \
    const padlock::runtime::LibraryCall site(core::Call::call, __builtin_frame_address(0)); \
    body                                                                                    \
  }

// What a wrapper does, by a glance that goes no further than `sight`, and how it goes on otherwise.
#define PADLOCK_AT_A_GLANCE(sight, otherwise, name, arguments, early, rules)           \
  padlock::runtime::Glance<runtime::Sight::sight> site;                                \
  rules if (site.shows_too_little()) [[unlikely]] return otherwise##_##name arguments; \
  PADLOCK_FUNCTION_OF(name) PADLOCK_EARLY_##early(name, arguments) return next(function) arguments;

// In two steps, as what most calls need should take few registers.
#define PADLOCK_LIBRARY_CALL(call, type, name, parameters, arguments, early, rules)                         \
  PADLOCK_DECLARE(type, name, parameters)                                                                   \
  PADLOCK_LIBRARY_CALL_CLOSELY(call, type, name, parameters,                                                \
                               rules PADLOCK_FUNCTION_OF(name)                                              \
                                   PADLOCK_EARLY_##early(name, arguments) return next(function) arguments;) \
  PADLOCK_CLOSELY static type padlock_nearly_##name parameters{PADLOCK_AT_A_GLANCE(                         \
      kNear, padlock_closely, name, arguments, early, rules)} type padlock_wrapped_##name parameters {      \
    PADLOCK_AT_A_GLANCE(kKnown, padlock_nearly, name, arguments, early, rules)                              \
  }

// What only reads may be called once more.
#define PADLOCK_LIBRARY_CALL_AFTER(call, type, name, parameters, arguments, early, rules)       \
  PADLOCK_DECLARE(type, name, parameters)                                                       \
  PADLOCK_LIBRARY_CALL_CLOSELY(call, type, name, parameters,                                    \
                               PADLOCK_FUNCTION_OF(name) PADLOCK_EARLY_##early(name, arguments) \
                                   type result = next(function) arguments;                      \
                               rules return result;)                                            \
  type padlock_wrapped_##name parameters {                                                      \
    PADLOCK_FUNCTION_OF(name)                                                                   \
    PADLOCK_EARLY_##early(name, arguments) type result = next(function) arguments;              \
    padlock::runtime::Glance<runtime::Sight::kNear> site;                                       \
    rules if (site.shows_too_little()) [[unlikely]] return padlock_closely_##name arguments;    \
    return result;                                                                              \
  }

// `end` is a parameter.
#define PADLOCK_LIBRARY_CALL_TO_END(call, type, name, parameters, arguments)                                 \
  PADLOCK_LIBRARY_FUNCTION(type, name, parameters) {                                                         \
    PADLOCK_FUNCTION_OF(name)                                                                                \
    PADLOCK_EARLY_next(name, arguments) if (!runtime::may_be_in_heap(text)) [[likely]] return next(function) \
        arguments;                                                                                           \
    std::remove_pointer_t<decltype(end)> found = nullptr;                                                    \
    if (end == nullptr) end = &found;                                                                        \
    type result = next(function) arguments;                                                                  \
    const runtime::LibraryCall site(core::Call::call, __builtin_frame_address(0));                           \
    site.reads_number(text, *end);                                                                           \
    return result;                                                                                           \
  }

// `to` is a parameter, and what is behind it for `most` bytes is written by way of a detour if it has to be.
#define PADLOCK_CALL_BY_DETOUR(type, arguments, most, written) \
  if (!runtime::Detour::is_needed(to, most)) [[likely]]        \
    return next(function) arguments;                           \
  runtime::Detour detour(to, most);                            \
  to = detour.place<decltype(to)>();                           \
  type result = next(function) arguments;                      \
  type returned = detour.returned(result);                     \
  detour.end(site, written);                                   \
  return returned;

#define PADLOCK_LIBRARY_CALL_INTO(call, type, name, parameters, arguments, most, written) \
  PADLOCK_LIBRARY_FUNCTION(type, name, parameters) {                                      \
    PADLOCK_FUNCTION_OF(name)                                                             \
    PADLOCK_EARLY_next(name, arguments)                                                   \
        const runtime::LibraryCall site(core::Call::call, __builtin_frame_address(0));    \
    if ((most) != 0) site.passes(to);                                                     \
    PADLOCK_CALL_BY_DETOUR(type, arguments, most, written)                                \
  }

#define PADLOCK_LIBRARY_CALL_FILL(call, type, name, parameters, arguments, rules, size, written) \
  PADLOCK_LIBRARY_FUNCTION(type, name, parameters) {                                             \
    PADLOCK_FUNCTION_OF(name)                                                                    \
    PADLOCK_EARLY_next(name, arguments)                                                          \
        const runtime::LibraryCall site(core::Call::call, __builtin_frame_address(0));           \
    rules site.passes(to);                                                                       \
    if (!runtime::may_be_in_heap(to)) [[likely]]                                                 \
      return next(function) arguments;                                                           \
    const std::size_t bytes = size;                                                              \
    PADLOCK_CALL_BY_DETOUR(type, arguments, bytes, runtime::Written{written})                    \
  }

#define PADLOCK_LIBRARY_CALL_ONCE(call, type, name, parameters, arguments, before, rules) \
  PADLOCK_LIBRARY_FUNCTION(type, name, parameters) {                                      \
    PADLOCK_FUNCTION_OF(name)                                                             \
    PADLOCK_EARLY_next(name, arguments) before type result = next(function) arguments;    \
    const runtime::LibraryCall site(core::Call::call, __builtin_frame_address(0));        \
    rules return result;                                                                  \
  }

#define PADLOCK_LIBRARY_CALL_SCATTER(call, type, name, parameters, arguments, vectors, count) \
  PADLOCK_LIBRARY_FUNCTION(type, name, parameters) {                                          \
    PADLOCK_FUNCTION_OF(name)                                                                 \
    PADLOCK_EARLY_next(name, arguments)                                                       \
        const runtime::LibraryCall site(core::Call::call, __builtin_frame_address(0));        \
    const std::size_t number = runtime::vectors_in(static_cast<std::size_t>(count));          \
    site.reads(vectors, number, sizeof *vectors);                                             \
    if (!runtime::ScatteredDetour::is_needed(vectors, number)) [[likely]]                     \
      return next(function) arguments;                                                        \
    auto* const given = vectors;                                                              \
    runtime::ScatteredDetour detour(given, number);                                           \
    vectors = detour.place();                                                                 \
    type result = next(function) arguments;                                                   \
    vectors = given;                                                                          \
    detour.end(site, result);                                                                 \
    return result;                                                                            \
  }

// Between va_start and the last use of the list there is one call of libc's.
#define PADLOCK_LIBRARY_CALL_LIST(call, type, name, parameters, arguments, of_list, rules)    \
  PADLOCK_LIBRARY_FUNCTION(type, name, parameters) {                                          \
    const runtime::LibraryCall site(core::Call::call, __builtin_frame_address(0));            \
    va_list list;                                                                             \
    va_start(list, format);                                                                   \
    rules void* const function = padlock::preload::next_of(padlock_pass_through_##of_list);   \
    type result = reinterpret_cast<decltype(&padlock_wrapped_##of_list)>(function) arguments; \
    va_end(list);                                                                             \
    return result;                                                                            \
  }

// The list is used up by the call.
#define PADLOCK_LIBRARY_CALL_SCAN(call, name, parameters, arguments, rules)            \
  PADLOCK_LIBRARY_FUNCTION(int, name, parameters) {                                    \
    PADLOCK_FUNCTION_OF(name)                                                          \
    PADLOCK_EARLY_next(name, arguments)                                                \
        const runtime::LibraryCall site(core::Call::call, __builtin_frame_address(0)); \
    site.reads_format(format);                                                         \
    [[maybe_unused]] const wchar_t* input = nullptr;                                   \
    rules va_list again;                                                               \
    va_copy(again, list);                                                              \
    runtime::ScanRoom room(format, again, input);                                      \
    if (room.is_needed()) room.redirect(list);                                         \
    const int result = next(function) arguments;                                       \
    site.scanned(format, again, result, room);                                         \
    room.end(site);                                                                    \
    va_end(again);                                                                     \
    return result;                                                                     \
  }
#define PADLOCK_LIBRARY_CALL_SCAN_LIST(call, name, parameters, arguments, of_list, rules)          \
  PADLOCK_LIBRARY_FUNCTION(int, name, parameters) {                                                \
    const runtime::LibraryCall site(core::Call::call, __builtin_frame_address(0));                 \
    site.reads_format(format);                                                                     \
    [[maybe_unused]] const wchar_t* input = nullptr;                                               \
    rules va_list again;                                                                           \
    va_start(again, format);                                                                       \
    va_list list;                                                                                  \
    va_copy(list, again);                                                                          \
    runtime::ScanRoom room(format, again, input);                                                  \
    if (room.is_needed()) room.redirect(list);                                                     \
    void* const function = padlock::preload::next_of(padlock_pass_through_##of_list);              \
    const int result = reinterpret_cast<decltype(&padlock_wrapped_##of_list)>(function) arguments; \
    va_end(list);                                                                                  \
    site.scanned(format, again, result, room);                                                     \
    room.end(site);                                                                                \
    va_end(again);                                                                                 \
    return result;                                                                                 \
  }

// NOLINTEND(bugprone-macro-parentheses)

#include "core/library_calls.def"
