// expect: use-after-free-write
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

int main(void) {
  volatile char* text = hide(malloc(100));
  free((void*)text);
  text[99] = 1;
  return 0;
}
