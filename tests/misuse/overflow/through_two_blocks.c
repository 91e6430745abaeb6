// A run over the whole next block and on: found at exit, nothing is freed.
// expect: heap-buffer-overflow
#include "../misuse.h"

char* volatile keep;

int main(void) {
  char *overrun, *victim;
  adjacent_blocks(40, &overrun, &victim);
  keep = victim;
  poke(overrun, 0, 'Z', 40);
  overwrite(overrun, 40, 'Z', 8 + 32 + 40 + 8);
  return 0;
}
