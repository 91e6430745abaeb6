// malloc, delete.
// expect: alloc-dealloc-mismatch
#include "../misuse.h"

int main() {
  long* value = static_cast<long*>(hide(malloc(sizeof(long))));
  delete value;
  return 0;
}
