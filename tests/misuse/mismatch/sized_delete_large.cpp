// A sized delete that is a page short.
// expect: delete-size-mismatch
#include <new>

#include "../misuse.h"

int main() {
  void* buffer = hide(operator new(1024 * 1024));
  operator delete (buffer, std::size_t{1024 * 1024 - 4096});
  return 0;
}
