// The functions that frames of made stacks are in. Nobody calls them.
#include "made_stack.h"

asm(R"(
  .text
  .fill 16, 1, 0xcc
  .type padlock_frames_of_two_words, @function
padlock_frames_of_two_words:
  .cfi_startproc
  .cfi_def_cfa_offset 16
  .fill 131073, 1, 0x90
  .cfi_endproc
  .fill 16, 1, 0xcc
  .type padlock_frame_without_caller, @function
padlock_frame_without_caller:
  .cfi_startproc
  .cfi_undefined %rip
  .fill 16, 1, 0x90
  .cfi_endproc
  .type padlock_frame_by_r12, @function
padlock_frame_by_r12:
  .cfi_startproc
  .cfi_def_cfa %r12, 0
  .fill 16, 1, 0x90
  .cfi_endproc
)");
extern "C" void padlock_frames_of_two_words();
extern "C" void padlock_frame_without_caller();
extern "C" void padlock_frame_by_r12();

namespace padlock::trace_test {

std::uintptr_t function_start() { return reinterpret_cast<std::uintptr_t>(&padlock_frames_of_two_words); }
std::uintptr_t frame_pc(std::uintptr_t number) { return function_start() + 1 + number; }
std::uintptr_t outermost_pc() { return reinterpret_cast<std::uintptr_t>(&padlock_frame_without_caller) + 8; }
std::uintptr_t hard_pc() { return reinterpret_cast<std::uintptr_t>(&padlock_frame_by_r12) + 8; }

}  // namespace padlock::trace_test
