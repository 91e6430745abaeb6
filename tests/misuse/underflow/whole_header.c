// 32 bytes before the block.
// expect: heap-buffer-underflow
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(48));
  overwrite(buffer, -32, 'B', 32);
  free(buffer);
  return 0;
}
