// A write into memory that no block has come to, but accessible: found at exit, with the nearest block.
// expect: heap-buffer-overflow
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(100));
  for (int i = 0; i < 3; ++i) poke(buffer, 40000 + i, "far"[i], 1);
  return 0;
}
