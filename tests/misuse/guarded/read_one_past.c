// One byte read behind the end, which is a page's end.
// expect: heap-buffer-overflow
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

int main(void) {
  volatile char* text = hide(malloc(48));
  return text[48];
}
