// A word of a freed block is used as an index, and what comes out is an address like others, of nothing: the
// register that holds the index says where it was read.
// expect: use-after-free
#include "../misuse.h"

static NOINLINE long load(uintptr_t base, uintptr_t index) {
  long value;
  __asm__ volatile("movq (%1,%2,8), %0" : "=r"(value) : "r"(base), "r"(index) : "memory");
  return value;
}

int main(void) {
  uintptr_t* freed = hide(malloc(48));
  free(freed);
  const uintptr_t index = ((volatile uintptr_t*)hide(freed))[2];
  return (int)load(0x100000000000 - 8 * index, index);
}
