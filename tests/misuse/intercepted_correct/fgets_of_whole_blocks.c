// The size of the block; and a size beyond it, for lines that fit.
// expect: nothing
#include <stdio.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  if (write(ends[1], "12345678\nabc\nlast", 17) != 17) return 1;
  close(ends[1]);
  FILE* file = fdopen(ends[0], "r");
  char* block = hide(malloc(8));
  if (fgets(block, 8, file) != block || strcmp(block, "1234567") != 0) return 1;
  if (fgets(block, 100, file) != block || strcmp(block, "8\n") != 0) return 1;
  if (fgets(block, 100, file) != block || strcmp(block, "abc\n") != 0) return 1;
  if (fgets(block, 100, file) != block || strcmp(block, "last") != 0) return 1;
  if (fgets(block, 100, file) != NULL || strcmp(block, "last") != 0) return 1;
  free(block);
  return 0;
}
