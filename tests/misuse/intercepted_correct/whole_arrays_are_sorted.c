// All of the array, and none of it at its end.
// expect: nothing
#include <stdlib.h>

#include "../misuse.h"

static int order(const void* a, const void* b) { return *(const int*)a - *(const int*)b; }

int main(void) {
  int* numbers = hide(malloc(10 * sizeof *numbers));
  for (int i = 0; i < 10; ++i) numbers[i] = (i * 7) % 10;
  qsort(numbers, 10, sizeof *numbers, order);
  qsort(numbers + 10, 0, sizeof *numbers, order);
  int key = 6;
  int* found = bsearch(&key, numbers, 10, sizeof *numbers, order);
  if (found != numbers + 6) return 1;
  free(numbers);
  return 0;
}
