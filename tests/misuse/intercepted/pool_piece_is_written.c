// A counter in a piece that the pool has taken back: found when the pool hands it out again.
// expect: use-after-poison
#include "../pool.h"

int main(void) {
  char* pool = hide(malloc(4096));
  padlock_poison(pool, 4096);
  overwrite(pool, 128, 0x11, 4);
  padlock_unpoison(pool + 64, 128);
  free(pool);
  return 0;
}
