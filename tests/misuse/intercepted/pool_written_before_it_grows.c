// A pool grows, with a piece in it that was written to after it had been taken back.
// expect: use-after-poison
#include "../pool.h"

int main(void) {
  char* pool = hide(malloc(300));
  padlock_poison(pool + 100, 100);
  overwrite(pool, 199, 0x11, 1);
  pool = hide(realloc(pool, 6000));
  free(pool);
  return 0;
}
