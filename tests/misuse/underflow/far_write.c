// A write 300 KB before a small block hits the guard pages in front of the first one.
// expect: heap-buffer-underflow
#include "../misuse.h"

static NOINLINE void store(volatile char* bytes, long at) { bytes[at] = 'F'; }

int main(void) {
  char* buffer = hide(malloc(100));
  store(buffer, -300000);
  free(buffer);
  return 0;
}
