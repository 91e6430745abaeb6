// The old size is used after realloc made the block smaller.
// expect: heap-buffer-overflow
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(100));
  buffer = hide(realloc(buffer, 50));
  overwrite(buffer, 50, 's', 5);
  free(buffer);
  return 0;
}
