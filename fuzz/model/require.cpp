// Printing the failed requirement with its values, and aborting.
#include "model/require.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>

namespace padlock::fuzz {
namespace {

ContextPrinter print_context = nullptr;
const void* printed_context = nullptr;

}  // namespace

void set_context(ContextPrinter printer, const void* context) noexcept {
  print_context = printer;
  printed_context = context;
}

void fail(const char* rule, std::initializer_list<Value> values) {
  std::fflush(stdout);
  std::fprintf(stderr, "does not hold: %s\n", rule);
  for (const Value& value : values) {
    std::fprintf(stderr, "  %s = %" PRIu64 " (0x%" PRIx64 ")\n", value.name, value.value, value.value);
  }
  if (print_context != nullptr) print_context(printed_context);
  std::abort();
}

}  // namespace padlock::fuzz
