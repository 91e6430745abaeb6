// A move of an array's rest, counted from the wrong end.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(48));
  memset(block, 1, 48);
  memmove(block, block + 8, 48);
  free(block);
  return 0;
}
