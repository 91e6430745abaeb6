// A copy of 64 bytes to a block of 40.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char from[64] = "";
  char* block = hide(malloc(40));
  memcpy(block, from, 64);
  free(block);
  return 0;
}
