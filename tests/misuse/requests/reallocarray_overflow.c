// count * size wraps in reallocarray.
// expect: invalid-size
// options: allocator_may_return_null=0
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  volatile size_t count = (size_t)1 << 61;
  hide(reallocarray(NULL, count, 24));
  return 0;
}
