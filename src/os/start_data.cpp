// The initial stack, found through the loader's own variable.
#include "os/start_data.h"

extern "C" void* __libc_stack_end;  // set by the loader before it runs anything else

namespace padlock::os {

std::uintptr_t initial_stack_pointer() noexcept { return reinterpret_cast<std::uintptr_t>(__libc_stack_end); }

const char* const* initial_environment() noexcept {
  if (__libc_stack_end == nullptr) return nullptr;
  const auto argc = *static_cast<const std::int64_t*>(__libc_stack_end);
  return static_cast<const char* const*>(__libc_stack_end) + 1 + argc + 1;  // argc, argv, its null
}

}  // namespace padlock::os
