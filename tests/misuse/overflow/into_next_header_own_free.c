// The same run, found by the free of the block that was overrun.
// expect: heap-buffer-overflow
#include "../misuse.h"

int main(void) {
  char *overrun, *victim;
  adjacent_blocks(104, &overrun, &victim);
  must_change(overrun, 104, 'A');
  overwrite(hide(overrun), 0, 'A', 104 + 8 + 12);
  free(hide(overrun));
  return 0;
}
