// A negative length as a size, in realloc.
// expect: invalid-size
// options: allocator_may_return_null=0
#include "../misuse.h"

int main(void) {
  volatile long length = -16;
  char* buffer = hide(malloc(16));
  hide(realloc(buffer, (size_t)length));
  return 0;
}
