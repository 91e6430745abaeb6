// Equal up to the end; the bound is longer.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include "../misuse.h"

volatile long sink;

int main(void) {
  char* block = hide(malloc(5));
  memcpy(block, "hello", 5);
  sink = strncmp("hello, world", block, 8);
  free(block);
  return 0;
}
