// realloc looks at the old padding before it copies.
// expect: heap-buffer-overflow
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(24));
  overwrite(buffer, 24, 'r', 3);
  buffer = hide(realloc(buffer, 5000));
  free(buffer);
  return 0;
}
