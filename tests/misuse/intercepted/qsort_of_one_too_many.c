// A count that includes the end.
// expect: heap-buffer-overflow
#include <stdlib.h>

#include "../misuse.h"

static int order(const void* a, const void* b) { return *(const int*)a - *(const int*)b; }

int main(void) {
  int* numbers = hide(calloc(10, sizeof *numbers));
  qsort(numbers, 11, sizeof *numbers, order);
  free(numbers);
  return 0;
}
