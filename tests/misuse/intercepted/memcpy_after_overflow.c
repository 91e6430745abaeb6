// A copy that reads too far, of a block that was written to too far before.
// expect: heap-buffer-overflow
#include "../misuse.h"

char copy[64];

int main(void) {
  char* block = hide(malloc(24));
  must_change(block, 24, 67, 2);
  poke(block, 0, 66, 24);
  poke(block, 24, 67, 2);
  memcpy(hide(copy), block, 28);
  free(block);
  return 0;
}
