// One digit more than there is room for.
// expect: heap-buffer-overflow
#include <stdio.h>

#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(8));
  sprintf(block, "%s-%d", "file", 1234);
  free(block);
  return 0;
}
