// values[-1] of an int array.
// expect: heap-buffer-underflow
#include "../misuse.h"

int main(void) {
  volatile int* values = hide(malloc(10 * sizeof(int)));
  values[-1] = 42;
  free((void*)values);
  return 0;
}
