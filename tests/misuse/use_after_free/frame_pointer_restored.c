// A value of a freed block is used by way of the frame pointer: a stack fault.
// expect: use-after-free
#include "../misuse.h"

static NOINLINE long load(long** cell) {
  long value;
  __asm__ volatile(
      "mov %%rbp, %%r12\n"
      "mov (%1), %%rbp\n"
      "mov 8(%%rbp), %0\n"
      "mov %%r12, %%rbp"
      : "=r"(value)
      : "r"(cell)
      : "r12", "memory");
  return value;
}

int main(void) {
  long** cell = hide(malloc(sizeof *cell));
  free(cell);
  return (int)load(hide(cell));
}
