// The bound is that of another block, and the text needs it.
// expect: heap-buffer-overflow
#include <stdio.h>

#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(10));
  snprintf(block, 64, "%d of %d", 100000, 200000);
  free(block);
  return 0;
}
