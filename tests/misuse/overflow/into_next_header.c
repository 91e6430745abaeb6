// A run through the padding into the header of the block behind. The victim is freed first: its overrunner is
// the suspect.
// expect: heap-buffer-overflow
#include "../misuse.h"

int main(void) {
  char *overrun, *victim;
  adjacent_blocks(104, &overrun, &victim);
  poke(overrun, 0, 'A', 104);
  overwrite(overrun, 104, 'A', 8 + 12);
  free(hide(victim));
  return 0;
}
