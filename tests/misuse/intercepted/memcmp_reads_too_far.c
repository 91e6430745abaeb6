// A comparison of more than the block holds.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include "../misuse.h"

volatile long sink;

int main(void) {
  char other[32] = "";
  char* block = hide(calloc(1, 20));
  sink = memcmp(block, other, 32);
  free(block);
  return 0;
}
