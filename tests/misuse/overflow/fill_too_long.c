// memset with the length of another buffer.
// expect: heap-buffer-overflow
// options: intercept=0
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(24));
  must_change(buffer, 24, 'A', 6);
  memset(buffer, 'A', 30);
  free(buffer);
  return 0;
}
