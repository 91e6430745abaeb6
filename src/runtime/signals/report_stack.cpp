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
#include "os/tables.h"
#include "runtime/memory/own_memory.h"

namespace padlock::runtime {
namespace {

constexpr std::size_t kStacks = 3;
constexpr std::size_t kStackSize = 256_KiB;  // the program's callback runs on it, too

struct Stack {
  std::atomic<std::byte*> memory{nullptr};
  // The process that uses it: in a forked child, one that another thread of the parent used is free.
  std::atomic<std::int32_t> user{0};

  [[nodiscard]] std::span<std::byte> span() const noexcept {
    std::byte* const begin = memory.load(std::memory_order_acquire);
    return {begin, begin == nullptr ? 0 : kStackSize};
  }
};

constinit Stack stacks[kStacks];

// All but the first one are needed where threads report at once.
bool has_memory(Stack& stack) noexcept {
  if (stack.span().empty())
    stack.memory.store(static_cast<std::byte*>(os::map_table(kStackSize)), std::memory_order_release);
  return !stack.span().empty();
}

bool take(Stack& stack, std::int32_t process) noexcept {
  std::int32_t user = stack.user.load(std::memory_order_relaxed);
  if (user == process || !stack.user.compare_exchange_strong(user, process, std::memory_order_acquire))
    return false;
  if (has_memory(stack)) return true;
  stack.user.store(0, std::memory_order_release);
  return false;
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

void map_report_stacks() noexcept { has_memory(stacks[0]); }

void on_report_stack(void (*function)(void*), void* argument) noexcept {
  if (stacks[0].span().empty()) return function(argument);
  for (const Stack& stack : stacks) {
    if (arch::runs_on_stack(stack.span())) return function(argument);
  }
  Stack& stack = wait_for_one();
  arch::call_on_stack(stack.span(), function, argument);
  stack.user.store(0, std::memory_order_release);
}

}  // namespace padlock::runtime
