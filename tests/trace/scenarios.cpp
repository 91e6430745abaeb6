// The frames of scenarios.h. PADLOCK_VARIANT is the name of the variant that this compilation makes.
#include "scenarios.h"

#include <alloca.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace padlock::trace_test {
namespace {

// Keeps a call from becoming a jump, and memory from being optimized away.
#define PADLOCK_KEEP(object) asm volatile("" ::"r"(object) : "memory")

[[gnu::noinline]] void recurse(Probe probe, int depth) {
  probe();
  if (depth > 0) recurse(probe, depth - 1);
  PADLOCK_KEEP(&depth);
}
void recursion(Probe probe) { recurse(probe, 20); }
void deep_recursion(Probe probe) { recurse(probe, 100); }

[[gnu::noinline]] void allocate_on_stack(Probe probe, std::size_t size) {
  void* memory = alloca(size);
  std::memset(memory, 0x5a, size);
  PADLOCK_KEEP(memory);
  probe();
  if (size < 5000) allocate_on_stack(probe, size * 2 + 8);
  PADLOCK_KEEP(memory);
}
void alloca_frames(Probe probe) { allocate_on_stack(probe, 24); }

struct ProbesWhenDestroyed {
  Probe probe;
  ~ProbesWhenDestroyed() { probe(); }
};

[[gnu::noinline]] void throw_through(Probe probe, int depth) {
  const ProbesWhenDestroyed guard{probe};
  if (depth == 0) throw std::runtime_error("thrown on purpose");
  throw_through(probe, depth - 1);
  PADLOCK_KEEP(&guard);
}
// Destructors run while the exception is in flight, then the handler, then what follows it.
void exceptions(Probe probe) {
  try {
    throw_through(probe, 5);
  } catch (const std::runtime_error&) {
    probe();
    try {
      throw_through(probe, 1);
    } catch (...) {
      probe();
    }
  }
  probe();
}

Probe g_probe = nullptr;
int compare_and_probe(const void* a, const void* b) {
  g_probe();
  return *static_cast<const int*>(a) - *static_cast<const int*>(b);
}
// Through frames of libc, which has no frame pointers.
void callbacks(Probe probe) {
  int numbers[] = {3, 1, 2, 5, 4};
  g_probe = probe;
  std::qsort(numbers, 5, sizeof(int), compare_and_probe);
  PADLOCK_KEEP(numbers);
}

[[gnu::noinline]] void realigned_frame(Probe probe, int depth) {
  alignas(64) char aligned[128] = {};
  PADLOCK_KEEP(aligned);
  probe();
  if (depth > 0) realigned_frame(probe, depth - 1);
  PADLOCK_KEEP(aligned);
}
void realigned(Probe probe) { realigned_frame(probe, 4); }

[[gnu::noinline]] void large_frame(Probe probe) {
  char large[200'000];
  large[0] = 1;
  PADLOCK_KEEP(large);
  probe();
  PADLOCK_KEEP(large);
}
void large(Probe probe) { large_frame(probe); }

[[noreturn, gnu::noinline]] void never_returns(Probe probe) {
  probe();
  throw 1;
}
// The call is the last instruction: its return address lies in whatever follows this function.
[[gnu::noinline]] void ends_with_a_call(Probe probe) { never_returns(probe); }
void call_at_the_end(Probe probe) {
  try {
    ends_with_a_call(probe);
  } catch (int) {
    probe();
  }
}

// Many arguments and many live values: pushes between calls, every callee-saved register in use.
[[gnu::noinline]] long many(Probe probe, long a, long b, long c, long d, long e, long f, long g, long h) {
  probe();
  const long sum = a ? many(probe, a - 1, b + a, c ^ b, d + c, e, f + 1, g + h, h * 3) : h;
  probe();
  return sum + a * b + c * d + e * f + g * h;
}
void many_arguments(Probe probe) { PADLOCK_KEEP(many(probe, 6, 1, 2, 3, 4, 5, 6, 7)); }

constexpr Scenario kAll[kScenarios] = {
    {"recursion", recursion},
    {"deep_recursion", deep_recursion},
    {"alloca", alloca_frames},
    {"exceptions", exceptions},
    {"callbacks", callbacks},
    {"realigned", realigned},
    {"large_frame", large},
    {"call_at_the_end", call_at_the_end},
    {"many_arguments", many_arguments},
};

}  // namespace

const Variant PADLOCK_VARIANT{PADLOCK_VARIANT_NAME, kAll};

}  // namespace padlock::trace_test
