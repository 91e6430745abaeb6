// Two bytes before a 2 MiB block.
// expect: heap-buffer-underflow
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(2 * 1024 * 1024));
  overwrite(buffer, -2, 'l', 2);
  free(buffer);
  return 0;
}
