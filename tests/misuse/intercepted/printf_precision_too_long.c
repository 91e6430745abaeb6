// A precision that is longer than the block.
// expect: heap-buffer-overflow
#include <stdio.h>

#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(12));
  memset(block, 65, 12);
  fprintf(stderr, "%.*s\n", 20, block);
  free(block);
  return 0;
}
