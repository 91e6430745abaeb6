// 32 bytes before the block.
// expect: heap-buffer-underflow
// mask: s/4[5-8] bytes as far/48 bytes as far/
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(48));
  overwrite(buffer, -32, 'B', 32);
  free(buffer);
  return 0;
}
