// Finding libc's functions behind the interposed ones.
#include "preload/pass_through.h"

#include <cerrno>
#include <cstddef>
#include <span>

#include "os/next_symbol.h"

// The section's bounds, which the linker defines where there is such a section.
extern "C"
    [[gnu::weak, gnu::visibility("hidden")]] padlock::preload::PassThrough __start_padlock_pass_through[];
extern "C"
    [[gnu::weak, gnu::visibility("hidden")]] padlock::preload::PassThrough __stop_padlock_pass_through[];

namespace padlock::preload {
namespace {

long fail() noexcept {
  errno = ENOSYS;
  return -1;
}

void* look_up(const char* name) noexcept {
  void* const found = os::next_symbol(name);
  return found != nullptr ? found : reinterpret_cast<void*>(&fail);
}

}  // namespace

void* next_of(PassThrough& function) noexcept {
  void* next = function.next.load(std::memory_order_relaxed);
  if (next == nullptr) [[unlikely]] {  // another library's constructor called before ours
    next = look_up(function.name);
    function.next.store(next, std::memory_order_relaxed);
  }
  return next;
}

bool is_absent(const void* next) noexcept { return next == reinterpret_cast<const void*>(&fail); }

void resolve_pass_throughs() noexcept {
  for (PassThrough* function = __start_padlock_pass_through; function != __stop_padlock_pass_through;
       ++function) {
    next_of(*function);
  }
}

}  // namespace padlock::preload
