// A message is copied out of a pool that has taken its piece back.
// expect: use-after-poison
#include "../pool.h"

int main(void) {
  char to[48];
  char* pool = hide(calloc(64, 64));
  padlock_poison(pool, 64 * 64);
  padlock_unpoison(pool + 640, 64);
  memset(pool + 640, 'a', 64);
  padlock_poison(pool + 640, 64);
  memcpy(to, pool + 640, 48);
  free(pool);
  return 0;
}
