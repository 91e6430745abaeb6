// malloc_usable_size of a freed block.
// expect: use-after-free
#include <malloc.h>

#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(48));
  free(buffer);
  return malloc_usable_size(buffer) == 1;
}
