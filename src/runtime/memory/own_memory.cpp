// The process id that the memory was last known to belong to.
#include "runtime/memory/own_memory.h"

#include <atomic>
#include <cstdint>

#include "os/thread.h"

namespace padlock::runtime {
namespace {

constinit std::atomic<std::int32_t> owner{0};
constinit std::int32_t first_owner = 0;

}  // namespace

void note_own_memory() noexcept {
  const std::int32_t process = os::process_id();
  if (first_owner == 0) first_owner = process;
  owner.store(process, std::memory_order_relaxed);
}

bool memory_is_forked() noexcept { return memory_owner() != first_owner; }

std::int32_t memory_owner() noexcept { return owner.load(std::memory_order_relaxed); }

bool memory_is_own() noexcept { return memory_owner() == os::process_id(); }

}  // namespace padlock::runtime
