// expect: heap-buffer-overflow
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

int main(void) {
  volatile char* text = hide(aligned_alloc(256, 512));
  if ((uintptr_t)text % 256 != 0) return 1;
  return text[512];
}
