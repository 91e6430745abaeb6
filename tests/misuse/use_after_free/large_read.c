// A read of a freed large block traps, as a write does.
// expect: use-after-free
#include "../misuse.h"

static NOINLINE int load(const volatile char* bytes, long at) { return bytes[at]; }

int main(void) {
  char* buffer = hide(calloc(1024, 1024));
  free(buffer);
  return load(buffer, 70000) & 0;
}
