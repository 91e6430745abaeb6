// A read 16 bytes behind the end of a block whose size is no multiple of 16.
// expect: heap-buffer-overflow
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

int main(void) {
  volatile char* text = hide(malloc(41));
  return text[41 + 16];
}
