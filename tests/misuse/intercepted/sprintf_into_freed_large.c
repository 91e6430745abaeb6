// A line is made in a large buffer that realloc has moved away.
// expect: use-after-free-write
#include <stdio.h>

#include "../misuse.h"

int main(void) {
  char* old = hide(malloc(1 << 20));
  char* block = hide(realloc(old, 64 << 20));
  sprintf(old, "%d", 12345);
  free(block);
  return 0;
}
