// A block with pages of its own.
// expect: double-free
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(3 * 1000 * 1000));
  free(buffer);
  free(hide(buffer));
  return 0;
}
