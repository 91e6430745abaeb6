// A text that nobody has written.
// expect: heap-buffer-overflow
#include <stdio.h>

#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(24));
  for (int i = 0; i < 24; ++i) {
    if (block[i] == 0) begin_again();
  }
  puts(block);
  free(block);
  return 0;
}
