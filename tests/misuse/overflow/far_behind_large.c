// A write 60,000 bytes behind a large block jumps over the first pages of the guard there. The store shows
// from which block it went out.
// expect: heap-buffer-overflow
#include "../misuse.h"

static NOINLINE void store(volatile char* bytes, long at) { bytes[at] = 'F'; }

int main(void) {
  char* buffer = hide(malloc(300001));
  store(buffer, 360000);
  free(buffer);
  return 0;
}
