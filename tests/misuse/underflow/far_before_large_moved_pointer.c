// The same by a pointer that was moved: a hint.
// expect: heap-buffer-underflow
#include "../misuse.h"

static NOINLINE void store(volatile char* byte) { *byte = 'F'; }

int main(void) {
  char* buffer = hide(malloc(300001));
  store(buffer - 8000);
  free(buffer);
  return 0;
}
