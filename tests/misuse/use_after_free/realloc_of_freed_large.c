// realloc of a freed large block.
// expect: use-after-free
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(600 * 1000));
  free(buffer);
  buffer = hide(realloc(buffer, 700 * 1000));
  return 0;
}
