// A copy from a freed block.
// expect: use-after-free
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char to[8];
  char* block = hide(malloc(40));
  free(block);
  memcpy(to, block + 8, 8);
  return 0;
}
