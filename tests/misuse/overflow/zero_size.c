// A zero-size block is all padding: its first byte is already too much.
// expect: heap-buffer-overflow
#include "../misuse.h"

int main(void) {
  char* nothing = hide(malloc(0));
  overwrite(nothing, 0, 'x', 1);
  free(nothing);
  return 0;
}
