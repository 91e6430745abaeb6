// A number goes into a structure that is freed.
// expect: use-after-free-write
#include <stdio.h>

#include "../misuse.h"

int main(void) {
  int* numbers = hide(malloc(8 * sizeof(int)));
  FILE* file = tmpfile();
  fputs("17 18", file);
  rewind(file);
  free(numbers);
  int first = 0;
  fscanf(file, "%d %d", &first, numbers + 2);
  fclose(file);
  return 0;
}
