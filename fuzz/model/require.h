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

/// Aborts with `rule` and the values unless `holds`.
void require(bool holds, const char* rule, std::initializer_list<Value> values = {});
[[noreturn]] void fail(const char* rule, std::initializer_list<Value> values = {});

/// Called by fail() before it aborts: prints where in the program we are. Null: nothing.
using ContextPrinter = void (*)(const void* context);
void set_context(ContextPrinter printer, const void* context) noexcept;

}  // namespace padlock::fuzz
