// A fill that begins before the block.
// expect: heap-buffer-underflow
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(100));
  memset(block - 8, 0, 4);
  free(block);
  return 0;
}
