// A counter in a piece that the pool has taken back: found when the heap is checked, once.
// expect: use-after-poison
#include "../pool.h"

__attribute__((weak)) size_t padlock_check_heap(void);

int main(void) {
  char* pool = hide(malloc(4096));
  padlock_poison(pool + 1024, 1024);
  overwrite(pool, 1500, 0x11, 4);
  padlock_check_heap();
  padlock_check_heap();
  padlock_unpoison(pool, 4096);
  free(pool);
  return 0;
}
