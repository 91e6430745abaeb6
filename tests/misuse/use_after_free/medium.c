// Into the middle of a freed 100 KiB block.
// expect: use-after-free-write
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(100 * 1024));
  free(buffer);
  overwrite(buffer, 50000, 'm', 3);
  return 0;
}
