// A table that has been freed.
// expect: use-after-free
#include <stdlib.h>

#include "../misuse.h"

static int order(const void* a, const void* b) { return *(const int*)a - *(const int*)b; }

int main(void) {
  int* numbers = hide(calloc(10, sizeof *numbers));
  free(numbers);
  int key = 3;
  bsearch(&key, numbers, 10, sizeof *numbers, order);
  return 0;
}
