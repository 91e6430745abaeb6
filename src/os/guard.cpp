// Guard markers, by madvise(2).
#include "os/guard.h"

#include <atomic>

#include "os/system_call.h"

namespace padlock::os {
namespace {

// Not in the headers of kernels before 6.13.
constexpr int kGuardInstall = 102;
constexpr int kGuardRemove = 103;

constinit std::atomic<bool> forbidden{false};

}  // namespace

bool install_guard(void* address, std::size_t size) noexcept {
  if (forbidden.load(std::memory_order_relaxed)) return false;
  return system_call(SYS_madvise, address, size, kGuardInstall).ok();
}

void remove_guard(void* address, std::size_t size) noexcept {
  system_call(SYS_madvise, address, size, kGuardRemove);
}

void forbid_guard_markers() noexcept { forbidden.store(true, std::memory_order_relaxed); }

}  // namespace padlock::os
