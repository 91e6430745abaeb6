// Assigns indices, reuses those that no block can name any more, and describes threads.
#include "runtime/threads/thread_registry.h"

#include <algorithm>
#include <cstring>

#include "os/thread.h"

namespace padlock::runtime {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

}  // namespace

constinit ThreadRegistry thread_registry;

std::uint16_t ThreadRegistry::enter() noexcept {
  const os::LockGuard guard(lock_);
  return enter_locked();
}

std::uint16_t ThreadRegistry::enter_locked() noexcept {
  for (std::size_t tries = 1; tries < kCapacity; ++tries) {
    if (++last_ >= kCapacity) {
      bury_parents();
      last_ = 1;
    }
    Record& thread = threads_[last_];
    if (thread.alive.load(kRelaxed)) continue;
    thread.stack_begin.store(0, kRelaxed);
    thread.stack_end.store(0, kRelaxed);
    thread.system_id.store(os::thread_id(), kRelaxed);
    thread.alive.store(true, kRelaxed);
    return static_cast<std::uint16_t>(last_);
  }
  return 0;
}

void ThreadRegistry::set_stack(std::uint16_t index, AddressRange stack) noexcept {
  threads_[index].stack_begin.store(stack.begin, kRelaxed);
  threads_[index].stack_end.store(stack.end, kRelaxed);
}

void ThreadRegistry::leave(std::uint16_t index) noexcept {
  if (index == 0) return;
  char name[sizeof ThreadInfo::name];
  os::own_thread_name(name);
  const os::LockGuard guard(lock_);
  keep_name(threads_[index], name);
  threads_[index].alive.store(false, kRelaxed);
}

void ThreadRegistry::keep_name(Record& thread, const char (&name)[sizeof ThreadInfo::name]) noexcept {
  for (std::size_t i = 0; i < kNameWords; ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, name + i * sizeof word, sizeof word);
    thread.name[i].store(word, kRelaxed);
  }
}

// The others' records are left as they are: to change them all would copy them.
std::uint16_t ThreadRegistry::only_survivor(std::uint16_t index, AddressRange stack) noexcept {
  const os::LockGuard guard(lock_);
  first_own_.store(static_cast<std::uint32_t>(last_ + 1), kRelaxed);
  if (last_ + 1 >= kCapacity) bury_parents();
  if (index == 0) return 0;
  // What it did so far is the parent's; the name goes on, as it was.
  char name[sizeof ThreadInfo::name];
  os::own_thread_name(name);
  keep_name(threads_[index], name);
  const std::uint16_t own = enter_locked();
  set_stack(own, stack);
  return own;
}

// Indices begin anew, and are this process's whatever they are.
void ThreadRegistry::bury_parents() noexcept {
  const std::size_t first_own = std::min<std::size_t>(first_own_.exchange(0, kRelaxed), kCapacity);
  for (std::size_t i = 1; i < first_own; ++i) threads_[i].alive.store(false, kRelaxed);
}

// `visit(system id, stack)` until one returns true.
template <typename Visit>
void ThreadRegistry::for_each_living(Visit visit) const noexcept {
  for (std::size_t i = std::max<std::size_t>(first_own(), 1);
       i < kCapacity && threads_[i].system_id.load(kRelaxed) != 0; ++i) {
    const Record& thread = threads_[i];
    const AddressRange stack{thread.stack_begin.load(kRelaxed), thread.stack_end.load(kRelaxed)};
    if (thread.alive.load(kRelaxed) && visit(thread.system_id.load(kRelaxed), stack)) return;
  }
}

AddressRange ThreadRegistry::stack_at(std::uintptr_t address) const noexcept {
  AddressRange found;
  for_each_living([&](std::int32_t /*id*/, const AddressRange& stack) {
    if (stack.contains(address)) found = stack;
    return stack.contains(address);
  });
  return found;
}

AddressRange ThreadRegistry::stack_of(std::int32_t system_id) const noexcept {
  AddressRange found;
  for_each_living([&](std::int32_t id, const AddressRange& stack) {
    if (id == system_id) found = stack;
    return id == system_id;
  });
  return found;
}

ThreadInfo ThreadRegistry::describe(std::uint16_t index) const noexcept {
  const Record& thread = threads_[index];
  ThreadInfo info;
  info.system_id = thread.system_id.load(kRelaxed);
  info.alive = index >= first_own() && thread.alive.load(kRelaxed);
  if (info.alive) {
    os::thread_name(info.system_id, info.name);
    return info;
  }
  for (std::size_t i = 0; i < kNameWords; ++i) {
    const std::uint64_t word = thread.name[i].load(kRelaxed);
    std::memcpy(info.name + i * sizeof word, &word, sizeof word);
  }
  info.name[sizeof info.name - 1] = '\0';  // words of two names may have been mixed
  return info;
}

}  // namespace padlock::runtime
