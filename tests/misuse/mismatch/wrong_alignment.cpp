// An aligned delete that gives another alignment than new did.
// expect: delete-alignment-mismatch
#include <new>

#include "../misuse.h"

int main() {
  void* buffer = hide(operator new (256, std::align_val_t{128}));
  operator delete (buffer, std::align_val_t{64});
  return 0;
}
