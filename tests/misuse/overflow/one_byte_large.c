// One byte past a 1 MiB block, in the padding before its guard page.
// expect: heap-buffer-overflow
#include "../misuse.h"

enum { kSize = 1024 * 1024 };

int main(void) {
  char* buffer = hide(malloc(kSize));
  overwrite(buffer, kSize, 0, 1);
  free(buffer);
  return 0;
}
