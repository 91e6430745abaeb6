// The second page of a large block.
// expect: invalid-free
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(1024 * 1024));
  free(hide(buffer + 4096));
  return 0;
}
