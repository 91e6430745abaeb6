// A few report stacks, each for one thread at a time: a report may take a while, and other threads
// have to find out that a fault of theirs is none of Padlock's.
#include "runtime/signals/report_stack.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "arch/stack_switch.h"
#include "base/units.h"
#include "os/clock.h"
#include "os/memory.h"
#include "runtime/memory/own_memory.h"

namespace padlock::runtime {
namespace {

constexpr std::size_t kStacks = 3;
constexpr std::size_t kStackSize = 256_KiB;  // the program's callback runs on it, too
constexpr std::size_t kGuard = 4096;

struct Stack {
  std::span<std::byte> memory;
  // The process that uses it: in a forked child, one that another thread of the parent used is free.
  std::atomic<std::int32_t> user{0};
};

constinit Stack stacks[kStacks];

bool take(Stack& stack, std::int32_t process) noexcept {
  std::int32_t user = stack.user.load(std::memory_order_relaxed);
  return user != process && stack.user.compare_exchange_strong(user, process, std::memory_order_acquire);
}

Stack& wait_for_one() noexcept {
  const std::int32_t process = memory_owner();
  for (;;) {
    for (Stack& stack : stacks) {
      if (take(stack, process)) return stack;
    }
    os::sleep_ms(1);
  }
}

}  // namespace

void map_report_stacks() noexcept {
  constexpr std::size_t kEach = kGuard + kStackSize;
  auto* const memory = static_cast<std::byte*>(os::map(kStacks * kEach, os::Protection::kReadWrite));
  if (memory == nullptr) return;
  for (std::size_t i = 0; i < kStacks; ++i) {
    os::protect(memory + i * kEach, kGuard, os::Protection::kNone);
    stacks[i].memory = {memory + i * kEach + kGuard, kStackSize};
  }
}

void on_report_stack(void (*function)(void*), void* argument) noexcept {
  if (stacks[0].memory.empty()) return function(argument);
  for (const Stack& stack : stacks) {
    if (arch::runs_on_stack(stack.memory)) return function(argument);
  }
  Stack& stack = wait_for_one();
  arch::call_on_stack(stack.memory, function, argument);
  stack.user.store(0, std::memory_order_release);
}

}  // namespace padlock::runtime
