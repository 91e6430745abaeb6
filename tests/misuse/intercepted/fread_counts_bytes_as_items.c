// A count of bytes where one of items is wanted.
// expect: heap-buffer-overflow
#include <stdio.h>

#include "../misuse.h"

int main(void) {
  FILE* file = fopen("/dev/zero", "r");
  int* numbers = hide(malloc(10 * sizeof *numbers));
  fread(numbers, sizeof *numbers, 20, file);
  fclose(file);
  free(numbers);
  return 0;
}
