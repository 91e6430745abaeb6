// A copy of 64 bytes from a block of 40.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char to[64];
  char* block = hide(malloc(40));
  memcpy(to, block, 64);
  free(block);
  return 0;
}
