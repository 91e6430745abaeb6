// The same run, found by the free of the block that was overrun.
// expect: heap-buffer-overflow
#include "../misuse.h"

int main(void) {
  char *overrun, *victim;
  adjacent_blocks(104, &overrun, &victim);
  poke(overrun, 0, 'A', 104);
  overwrite(overrun, 104, 'A', 8 + 12);
  free(hide(overrun));
  return 0;
}
