// A stack's pop below its bottom: slots[-1], 8 bytes.
// expect: heap-buffer-underflow
#include "../misuse.h"

int main(void) {
  void* volatile* slots = hide(malloc(16 * sizeof(void*)));
  must_change((void*)slots, -8, 0, 4);
  slots[-1] = NULL;
  free((void*)slots);
  return 0;
}
