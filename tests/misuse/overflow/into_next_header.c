// A run through the padding into the header of the block behind. The victim is freed first: its overrunner is
// the suspect.
// expect: heap-buffer-overflow
#include "../misuse.h"

int main(void) {
  char *overrun, *victim;
  adjacent_blocks(104, &overrun, &victim);
  must_change(overrun, 104, 'A');
  overwrite(hide(overrun), 0, 'A', 104 + 8 + 12);
  free(hide(victim));
  return 0;
}
