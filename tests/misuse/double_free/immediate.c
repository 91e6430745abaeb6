// free, and free again.
// expect: double-free
#include "../misuse.h"

static NOINLINE void discard(void* buffer) { free(buffer); }

int main(void) {
  char* buffer = hide(malloc(32));
  discard(buffer);
  discard(hide(buffer));
  return 0;
}
