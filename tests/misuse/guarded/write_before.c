// A write before the first block of a call site, which ends at a page's end: found when the block is freed.
// expect: heap-buffer-underflow
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

int main(void) {
  char* text = hide(malloc(48));
  overwrite(text, -3, '!', 3);
  free(text);
  return 0;
}
