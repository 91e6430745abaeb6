// A field that is full has no NUL.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include "../misuse.h"

volatile long sink;

int main(void) {
  char* block = hide(malloc(16));
  memset(block, 65, 16);
  sink = (long)strlen(block);
  free(block);
  return 0;
}
