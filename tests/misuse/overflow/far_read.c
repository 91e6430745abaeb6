// A read a megabyte past a small block, where no block has ever been.
// expect: heap-buffer-overflow
// static: nothing
#include "../misuse.h"

static NOINLINE int load(volatile char* bytes, long at) { return bytes[at]; }

int main(void) {
  char* buffer = hide(malloc(100));
  const int value = load(buffer, 1 << 20);
  free(buffer);
  return value;
}
