// A header of a large block's own, one structure too early.
// expect: heap-buffer-underflow
#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(1 << 20));
  memset(block - 8, 0, 16);
  free(block);
  return 0;
}
