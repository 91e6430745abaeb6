// A text that was copied to a place before the block, and ends right before it: it is quoted whole.
// expect: heap-buffer-underflow
#include "../misuse.h"

int main(void) {
  char* name = hide(malloc(40));
  overwrite_with(name, -11, "long names!");
  free(name);
  return 0;
}
