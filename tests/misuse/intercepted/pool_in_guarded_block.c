// The same in a block between guard pages.
// expect: use-after-poison
// options: guard_all=1
#include "../pool.h"

int main(void) {
  char* pool = hide(malloc(1000));
  padlock_poison(pool + 512, 100);
  memset(pool + 500, 0, 13);
  free(pool);
  return 0;
}
