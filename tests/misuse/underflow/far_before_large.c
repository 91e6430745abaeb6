// A write 8000 bytes before a large block jumps over its guard page. The store shows from which block it
// went out.
// expect: heap-buffer-underflow
#include "../misuse.h"

static NOINLINE void store(volatile char* bytes, long at) { bytes[at] = 'F'; }

int main(void) {
  char* buffer = hide(malloc(300001));
  store(buffer, -8000);
  free(buffer);
  return 0;
}
