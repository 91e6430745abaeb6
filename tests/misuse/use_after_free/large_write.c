// Freed large blocks have no access at all: the store traps.
// expect: use-after-free-write
#include "../misuse.h"

static NOINLINE void store(volatile char* bytes, long at) { bytes[at] = 'w'; }

int main(void) {
  char* buffer = hide(malloc(1024 * 1024));
  free(buffer);
  store(buffer, 70000);
  return 0;
}
