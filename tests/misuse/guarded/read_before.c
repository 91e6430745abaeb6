// The second block of a call site begins at a page's beginning, so that a read before it traps.
// expect: heap-buffer-underflow
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

NOINLINE char* text_of(size_t size) { return hide(malloc(size)); }

int main(void) {
  volatile char* last = NULL;
  for (volatile int i = 0; i < 2; ++i) last = text_of(40);
  return last[-1];
}
