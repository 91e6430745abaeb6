// The thread registry.
#include "runtime/thread_registry.h"

#include <algorithm>
#include <mutex>

#include "os/thread.h"

namespace padlock::runtime {

constinit ThreadRegistry thread_registry;

std::uint16_t ThreadRegistry::enter() noexcept {
  const std::lock_guard guard(lock_);
  for (std::size_t tries = 1; tries < kCapacity; ++tries) {
    last_ = last_ + 1 < kCapacity ? last_ + 1 : 1;
    if (threads_[last_].alive) continue;
    threads_[last_] = {os::thread_id(), true, {}, {}};
    return static_cast<std::uint16_t>(last_);
  }
  return 0;
}

void ThreadRegistry::leave(std::uint16_t index) noexcept {
  if (index == 0) return;
  char name[16];
  os::thread_name(os::thread_id(), name);
  const std::lock_guard guard(lock_);
  std::copy_n(name, sizeof name, threads_[index].name);
  threads_[index].alive = false;
}

void ThreadRegistry::only_survivor(std::uint16_t index) noexcept {
  for (std::size_t i = 1; i < kCapacity && threads_[i].system_id != 0; ++i) threads_[i].alive = false;
  if (index == 0) return;
  threads_[index].system_id = os::thread_id();
  threads_[index].alive = true;
}

bool ThreadRegistry::is_stack(std::uintptr_t address) const noexcept {
  for (std::size_t i = 1; i < kCapacity && threads_[i].system_id != 0; ++i) {
    if (threads_[i].alive && threads_[i].stack.contains(address)) return true;
  }
  return false;
}

ThreadInfo ThreadRegistry::describe(std::uint16_t index) const noexcept {
  ThreadInfo info = threads_[index];
  if (info.alive) os::thread_name(info.system_id, info.name);
  return info;
}

}  // namespace padlock::runtime
