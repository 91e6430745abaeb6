// A freed block is wiped.
// expect: use-after-free-write
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(100));
  free(block);
  memset(block, 0, 100);
  return 0;
}
