// The pointer from before a realloc.
// expect: use-after-free
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

int main(void) {
  volatile char* text = hide(malloc(100));
  char* longer = hide(realloc((void*)text, 200));
  return text[0] + longer[0];
}
