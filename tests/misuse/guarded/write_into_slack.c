// One byte written into what alignment leaves over: found when the block is freed.
// expect: heap-buffer-overflow
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

int main(void) {
  char* text = hide(malloc(41));
  overwrite(text, 41, 0, 1);
  free(text);
  return 0;
}
