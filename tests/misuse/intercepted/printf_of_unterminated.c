// A field without a NUL.
// expect: heap-buffer-overflow
#include <stdio.h>

#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(12));
  memset(block, 65, 12);
  fprintf(stderr, "%d %s\n", 1, block);
  free(block);
  return 0;
}
