// realloc of a freed block.
// expect: use-after-free
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(48));
  free(buffer);
  buffer = hide(realloc(buffer, 96));
  return 0;
}
