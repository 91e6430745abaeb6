// Two small numbers right behind an array: one long, two ints or a struct.
// expect: heap-buffer-overflow
#include "../misuse.h"

int main(void) {
  volatile int* pairs = hide(malloc(2 * 10 * sizeof(int)));
  must_change((void*)pairs, 80, 3, 1);
  must_change((void*)pairs, 84, 1, 1);
  pairs[20] = 3;
  pairs[21] = 1;
  free((void*)pairs);
  return 0;
}
