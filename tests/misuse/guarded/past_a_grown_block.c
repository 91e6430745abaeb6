// A block that realloc moved to where it is guarded.
// expect: heap-buffer-overflow
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

int main(void) {
  char* text = hide(malloc(16));
  volatile char* longer = hide(realloc(text, 64));
  return longer[64];
}
