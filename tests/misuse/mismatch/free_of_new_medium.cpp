// new[] of 150 KiB, free.
// expect: alloc-dealloc-mismatch
#include "../misuse.h"

int main() {
  free(hide(new char[150 * 1024]));
  return 0;
}
