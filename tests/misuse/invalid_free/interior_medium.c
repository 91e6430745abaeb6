// Deep inside a 128 KiB block.
// expect: invalid-free
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(128 * 1024));
  free(hide(buffer + 100000));
  return 0;
}
