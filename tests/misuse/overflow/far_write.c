// A write 200 KB past a small block, where no block has ever been: the very store is reported.
// expect: heap-buffer-overflow
#include "../misuse.h"

static NOINLINE void store(volatile char* bytes, long at) { bytes[at] = 'F'; }

int main(void) {
  char* buffer = hide(malloc(100));
  store(buffer, 200000);
  free(buffer);
  return 0;
}
