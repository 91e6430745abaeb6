// A block aligned to more than a page: it is guarded as any other, and the access behind its pages traps.
// expect: heap-buffer-overflow
// options: guard_all=1
#include "../misuse.h"

int main(void) {
  const char* block = hide(aligned_alloc(65536, 65536));
  return *(const volatile char*)(block + 65536);
}
