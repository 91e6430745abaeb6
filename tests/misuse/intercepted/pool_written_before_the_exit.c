// A pool that lives as long as the program, of some large and of some small blocks.
// expect: use-after-poison
#include "../pool.h"

int main(void) {
  char* pool = hide(malloc(400000));
  char* other = hide(malloc(64));
  padlock_poison(other, 64);
  padlock_poison(pool + 100, 300000);
  overwrite(pool, 200000, 0x11, 16);
  return 0;
}
