// A bound that is longer than the block.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include "../misuse.h"

volatile long sink;

int main(void) {
  char* block = hide(malloc(16));
  memset(block, 65, 16);
  sink = (long)strnlen(block, 17);
  free(block);
  return 0;
}
