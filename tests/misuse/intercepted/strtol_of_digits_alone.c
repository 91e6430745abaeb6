// Digits up to the end of the block.
// expect: heap-buffer-overflow
#include <stdlib.h>

#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(16));
  memset(block, '1', 16);
  strtol(block + 8, NULL, 10);
  free(block);
  return 0;
}
