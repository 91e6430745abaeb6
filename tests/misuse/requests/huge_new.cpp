// operator new of more than any object can have.
// expect: invalid-size
// options: allocator_may_return_null=0
#include <new>

#include "../misuse.h"

int main() {
  volatile std::size_t size = SIZE_MAX / 2 + 1;
  hide(operator new(size));
  return 0;
}
