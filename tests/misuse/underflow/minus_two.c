// buffer[-2] alone: the byte right before the block is untouched.
// expect: heap-buffer-underflow
#include "../misuse.h"

int main(void) {
  char* line = hide(malloc(80));
  overwrite(line, -2, 'u', 1);
  free(line);
  return 0;
}
