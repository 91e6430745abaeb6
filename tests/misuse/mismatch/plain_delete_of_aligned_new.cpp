// An aligned new, a plain delete.
// expect: delete-alignment-mismatch
#include <new>

#include "../misuse.h"

int main() {
  void* buffer = hide(operator new (256, std::align_val_t{128}));
  operator delete(buffer);
  return 0;
}
