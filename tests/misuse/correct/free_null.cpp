// free and delete of null do nothing, and free keeps errno.
// expect: nothing
#include <cerrno>
#include <new>

#include "../misuse.h"

int main() {
  errno = 77;
  free(hide(nullptr));
  free(hide(malloc(10)));
  free(hide(malloc(1 << 20)));
  delete static_cast<int*>(hide(nullptr));
  delete[] static_cast<int*>(hide(nullptr));
  operator delete (hide(nullptr), std::size_t{5});
  operator delete (hide(nullptr), std::align_val_t{64});
  return errno != 77;
}
