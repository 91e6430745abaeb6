// A fill of one byte more than there is.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(100));
  memset(block, 0, 101);
  free(block);
  return 0;
}
