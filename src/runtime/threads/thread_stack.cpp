// Stack bounds without libc's help.
#include "runtime/threads/thread_stack.h"

#include "base/arith.h"
#include "os/mapped_range.h"

namespace padlock::runtime {

AddressRange current_stack() noexcept {
  const auto here = address_of(__builtin_frame_address(0));
  if (os::thread_id() == os::process_id()) {
    const AddressRange main_stack = os::stack_bounds();  // from the start data and the mappings
    if (main_stack.contains(here)) return main_stack;
  }
  const AddressRange mapped = os::mapped_range(here);
  if (!mapped.contains(here)) return {};
  // libc puts a thread's descriptor, to which the thread pointer points, at the end of its stack.
  const auto descriptor = address_of(__builtin_thread_pointer());
  const bool on_same_mapping = descriptor > here && descriptor < mapped.end;
  return {mapped.begin, on_same_mapping ? descriptor : mapped.end};
}

}  // namespace padlock::runtime
