// What puts() reads too far has lost its NUL to a write before, which is what is reported.
// expect: heap-buffer-overflow
#include <stdio.h>

#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(16));
  memset(block, 66, 15);
  block[15] = 0;
  must_change(block, 16, 67, 3);
  poke(block, 15, 67, 4);
  puts(block);
  free(block);
  return 0;
}
