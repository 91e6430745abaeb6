// Copying them.
#include "runtime/holders/values_at_hand.h"

#include <cstring>

#include "os/memory.h"

namespace padlock::runtime {

ValuesAtHand::ValuesAtHand(const arch::Context& context) noexcept {
  for (std::size_t i = 0; i < arch::kRegisters; ++i) values_[size_++] = arch::register_of(context, i);
  const std::uintptr_t stack = arch::stack_pointer_of(context);
  if (!os::is_readable(stack, kWords * sizeof *values_)) return;
  std::memcpy(values_ + size_, reinterpret_cast<const void*>(stack), kWords * sizeof *values_);
  size_ += kWords;
}

}  // namespace padlock::runtime
