// count * size wraps.
// expect: invalid-size
// options: allocator_may_return_null=0
#include "../misuse.h"

int main(void) {
  volatile size_t count = (size_t)1 << 62;
  hide(calloc(count, 8));
  return 0;
}
