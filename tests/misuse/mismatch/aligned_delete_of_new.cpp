// A plain new[], an aligned delete[].
// expect: delete-alignment-mismatch
#include <new>

#include "../misuse.h"

int main() {
  void* buffer = hide(operator new[](256));
  operator delete[](buffer, std::align_val_t{64});
  return 0;
}
