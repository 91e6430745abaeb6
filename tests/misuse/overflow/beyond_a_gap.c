// A store three bytes past the end: the bytes between stay untouched.
// expect: heap-buffer-overflow
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(24));
  overwrite(buffer, 27, 'x', 1);
  free(buffer);
  return 0;
}
