// A line that is longer than the block, and a size that allows for it.
// expect: heap-buffer-overflow
#include <stdio.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  if (write(ends[1], "a line of words\n", 16) != 16) return 1;
  FILE* file = fdopen(ends[0], "r");
  char* block = hide(malloc(10));
  fgets(block, 128, file);
  free(block);
  return 0;
}
