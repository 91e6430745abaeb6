// The text is cut off, behind the end of the block.
// expect: heap-buffer-overflow
#include <stdio.h>

#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(10));
  snprintf(block, 12, "%s", "a long text that is cut off");
  free(block);
  return 0;
}
