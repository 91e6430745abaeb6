// expect: heap-buffer-overflow
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

int main(void) {
  volatile char* text = hide(malloc(50000));
  text[49999] = 1;
  return text[50000];
}
