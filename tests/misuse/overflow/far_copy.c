// A copy that is a megabyte too long runs over everything up to where no block has ever been.
// expect: heap-buffer-overflow
// options: intercept=0
// mask: s/offset [0-9]+/offset N/; s/[0-9]+ bytes after/N bytes after/
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(100));
  memset(buffer, 'C', 1 << 20);
  free(buffer);
  return 0;
}
