// With guard_exact=1 the last byte is a page's last, whatever the size.
// expect: heap-buffer-overflow
// options: guard_per_site=2:guard_after=0:guard_exact=1
#include "../misuse.h"

int main(void) {
  volatile char* text = hide(malloc(41));
  return text[41];
}
