// A negative length as a size.
// expect: invalid-size
// options: allocator_may_return_null=0
#include "../misuse.h"

int main(void) {
  volatile long length = -1;
  hide(malloc((size_t)length));
  return 0;
}
