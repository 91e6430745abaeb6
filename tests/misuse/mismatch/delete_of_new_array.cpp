// new[], delete.
// expect: alloc-dealloc-mismatch
#include "../misuse.h"

int main() {
  int* values = static_cast<int*>(hide(new int[20]));
  delete values;
  return 0;
}
