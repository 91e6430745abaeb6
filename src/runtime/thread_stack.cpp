// Stack bounds without libc's help.
#include "runtime/thread_stack.h"

#include "core/arith.h"
#include "os/modules.h"

namespace padlock::runtime {

os::AddressRange current_stack() noexcept {
  const auto here = core::address_of(__builtin_frame_address(0));
  if (os::thread_id() == os::process_id()) {
    const os::AddressRange main_stack = os::stack_bounds();  // from the start data and the mappings
    if (main_stack.contains(here)) return main_stack;
  }
  os::Mapping mapping;
  if (!os::find_mapping(here, mapping)) return {};
  // libc puts a thread's descriptor, to which the thread pointer points, at the end of its stack.
  const auto descriptor = core::address_of(__builtin_thread_pointer());
  const bool on_same_mapping = descriptor > here && descriptor < mapping.end;
  return {mapping.begin, on_same_mapping ? descriptor : mapping.end};
}

}  // namespace padlock::runtime
