// for (i = 0; i <= n; ++i): one int too many.
// expect: heap-buffer-overflow
#include "../misuse.h"

static NOINLINE void fill(volatile int* values, int count) {
  for (int i = 0; i <= count; ++i) values[i] = 0x01020304;
}

int main(void) {
  int* values = hide(malloc(10 * sizeof(int)));
  for (int i = 0; i < 4; ++i) must_change(values, 40 + i, 4 - i, 1);
  fill(values, 10);
  free(values);
  return 0;
}
