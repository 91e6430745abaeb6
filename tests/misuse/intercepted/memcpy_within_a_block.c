// An element is taken out of an array, by the function that may not do that.
// expect: overlapping-copy
#include <string.h>

#include "../misuse.h"

int main(void) {
  int* numbers = hide(calloc(10, sizeof *numbers));
  memcpy(numbers + 2, numbers + 3, 7 * sizeof *numbers);
  free(numbers);
  return 0;
}
