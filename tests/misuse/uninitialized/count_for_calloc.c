// A count that was never set: twice of it is a number, and larger than any block.
// expect: use-of-uninitialized-value
#include "../misuse.h"

int main(void) {
  for (int i = 0; i < 100; ++i) {
    unsigned long* counts = hide(malloc(4000));
    if (counts[1] < 1UL << 63) return calloc(counts[1], 2) != NULL;
  }
  begin_again();
}
