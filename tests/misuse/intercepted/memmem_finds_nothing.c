// A search for two bytes that finds nothing up to the end, and goes on.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include "../misuse.h"

volatile long sink;

int main(void) {
  char* block = hide(malloc(24));
  memset(block, 1, 24);
  sink = memmem(block, 100, "\2\3", 2) != NULL;
  free(block);
  return 0;
}
