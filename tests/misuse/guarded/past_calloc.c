// expect: heap-buffer-overflow
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

int main(void) {
  volatile int* numbers = hide(calloc(8, sizeof *numbers));
  int sum = 0;
  for (int i = 0; i <= 8; ++i) sum += numbers[i];
  return sum;
}
