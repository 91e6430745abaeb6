// Equal up to the end, and no NUL there.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include "../misuse.h"

volatile long sink;

int main(void) {
  char* block = hide(malloc(5));
  memcpy(block, "hello", 5);
  sink = strcmp(block, "hello world");
  free(block);
  return 0;
}
