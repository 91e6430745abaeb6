// One byte past a page-aligned buffer of 8 pages.
// expect: heap-buffer-overflow
#include "../misuse.h"

enum { kSize = 8 * 4096 };

int main(void) {
  char* buffer = hide(aligned_alloc(4096, kSize));
  overwrite(buffer, kSize, 'p', 1);
  free(buffer);
  return 0;
}
