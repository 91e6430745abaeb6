// values[-4] of an int array: the bytes between it and the array are untouched.
// expect: heap-buffer-underflow
#include "../misuse.h"

int main(void) {
  volatile int* values = hide(malloc(10 * sizeof(int)));
  values[-4] = 0x55555555;
  free((void*)values);
  return 0;
}
