// A string fills its piece of a pool to the end: the next piece is nobody's.
// expect: use-after-poison
#include "../pool.h"

int main(void) {
  char* pool = hide(calloc(64, 64));
  padlock_poison(pool, 64 * 64);
  padlock_unpoison(pool + 64, 10);
  strcpy(pool + 64, "0123456789");
  free(pool);
  return 0;
}
