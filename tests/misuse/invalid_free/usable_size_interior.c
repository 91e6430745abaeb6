// malloc_usable_size of an advanced pointer.
// expect: invalid-free
#include <malloc.h>

#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(64));
  return malloc_usable_size(hide(buffer + 16)) == 1;
}
