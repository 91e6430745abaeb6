// values[-2] of an int array: just the header's seal, which the block's padding shows as well.
// expect: heap-buffer-underflow
#include "../misuse.h"

int main(void) {
  volatile int* values = hide(malloc(10 * sizeof(int)));
  must_change((void*)values, -8, 0, 4);
  values[-2] = 0;
  free((void*)values);
  return 0;
}
