// The damaged header names a stack that there is, but it is one of a free: no stack is said then.
// expect: heap-buffer-underflow
#include "../misuse.h"

// Where a header has its two stacks, in bytes before the block (core/block/header_layout.h).
enum { kAllocTrace = -27, kFreeTrace = -19, kTraceBytes = 3 };

int main(void) {
  char* freed = hide(malloc(40));
  char* block = hide(malloc(100));
  free(freed);
  must_change(block, -8, 'U', 8);
  for (int i = 0; i < kTraceBytes; ++i) poke(block, kAllocTrace + i, freed[kFreeTrace + i], 1);
  poke(block, -8, 'U', 8);
  free(block);
  return 0;
}
