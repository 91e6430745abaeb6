// Far before a large block lies a guard page.
// expect: heap-buffer-underflow
#include "../misuse.h"

static NOINLINE void store(volatile char* bytes, long at) { bytes[at] = 'g'; }

int main(void) {
  char* buffer = hide(malloc(1024 * 1024));
  store(buffer, -5000);
  return 0;
}
