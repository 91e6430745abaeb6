// expect: alloc-dealloc-mismatch
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

int main() {
  int* number = (int*)hide(malloc(sizeof *number));
  delete number;
  return 0;
}
