// records[-1] of a struct of 16 bytes: what of the header is left shows the block, and who allocated it.
// expect: heap-buffer-underflow
#include "../misuse.h"

struct Pair {
  long first, second;
};

int main(void) {
  volatile struct Pair* pairs = hide(malloc(10 * sizeof(struct Pair)));
  must_change((void*)pairs, -8, 1, 1);
  must_change((void*)pairs, -7, 0, 3);
  for (long i = 9; i >= -1; --i) {
    pairs[i].first = i;
    pairs[i].second = -i;
  }
  free((void*)pairs);
  return 0;
}
