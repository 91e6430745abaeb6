// An allocator's deallocate is given another count than its allocate was.
// expect: delete-size-mismatch
#include <memory>

#include "../misuse.h"

int main() {
  std::allocator<int> allocator;
  int* numbers = allocator.allocate(10);
  allocator.deallocate(static_cast<int*>(hide(numbers)), 9);
  return 0;
}
