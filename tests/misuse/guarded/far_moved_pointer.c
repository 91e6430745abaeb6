// A write into such memory by a pointer that was moved 200 KB too far, with the block at hand: a guess.
// expect: heap-buffer-overflow
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

static NOINLINE void store(volatile char* byte) { *byte = 'F'; }

int main(void) {
  char* buffer = hide(malloc(100));
  store(buffer + 200000);
  free(buffer);
  return 0;
}
