// One byte past a 100 KiB buffer.
// expect: heap-buffer-overflow
#include "../misuse.h"

enum { kSize = 100 * 1024 };

int main(void) {
  char* buffer = hide(malloc(kSize));
  poke(buffer, 0, 'x', kSize);
  overwrite(buffer, kSize, 'x', 1);
  free(buffer);
  return 0;
}
