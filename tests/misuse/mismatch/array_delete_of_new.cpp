// new, delete[].
// expect: alloc-dealloc-mismatch
#include "../misuse.h"

int main() {
  int* value = static_cast<int*>(hide(new int(3)));
  delete[] value;
  return 0;
}
