// new, free.
// expect: alloc-dealloc-mismatch
#include "../misuse.h"

int main() {
  free(hide(new long(7)));
  return 0;
}
