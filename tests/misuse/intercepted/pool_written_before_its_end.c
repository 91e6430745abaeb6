// A pool is torn down with a piece in it that was written to after it had been taken back.
// expect: use-after-poison
#include "../pool.h"

int main(void) {
  char* pool = hide(malloc(2000));
  padlock_poison(pool + 64, 64);
  padlock_poison(pool + 512, 64);
  overwrite(pool, 520, 0x11, 8);
  free(pool);
  return 0;
}
