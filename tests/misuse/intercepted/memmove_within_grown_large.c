// A large block that realloc made longer is taken for longer still.
// expect: heap-buffer-overflow
#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(1 << 20));
  block = hide(realloc(block, 3 << 20));
  memset(block, 1, 3 << 20);
  memmove(block + 16, block, 3 << 20);
  free(block);
  return 0;
}
