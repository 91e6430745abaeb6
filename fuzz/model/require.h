// How a harness fails: it says what does not hold, prints the op that was running, and aborts.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace padlock::fuzz {

/// A named number, for messages.
struct Value {
  const char* name;
  std::uint64_t value;
};

[[noreturn]] __attribute__((cold)) void fail(const char* rule, std::initializer_list<Value> values = {});
/// Aborts with `rule` and the values unless `holds`. Inline, so that the values are put together only then:
/// the rules ask this for every block after every call.
__attribute__((always_inline)) inline void require(bool holds, const char* rule,
                                                   std::initializer_list<Value> values = {}) {
  if (!holds) [[unlikely]]
    fail(rule, values);
}

/// Called by fail() before it aborts: prints where in the program we are. Null: nothing.
using ContextPrinter = void (*)(const void* context);
void set_context(ContextPrinter printer, const void* context) noexcept;

}  // namespace padlock::fuzz
