// status: 25
// What is damaged is a piece of a pool that the program has poisoned.
#include "misuse/pool.h"
#include "pinpoint/programs/pinpoint.h"

int main(void) {
  char* const pool = hide(malloc(4096));
  padlock_poison(pool + 100, 100);
  overwrite(pool, 150, 0x11, 4);
  padlock_unpoison(pool + 100, 100);
  free(pool);
  return 0;
}
