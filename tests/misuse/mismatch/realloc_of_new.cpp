// new, realloc.
// expect: alloc-dealloc-mismatch
#include "../misuse.h"

int main() {
  int* values = static_cast<int*>(hide(new int[20]));
  free(hide(realloc(values, 40 * sizeof(int))));
  return 0;
}
