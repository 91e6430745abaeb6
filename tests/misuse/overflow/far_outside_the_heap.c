// An index that leads 4 GiB beyond a block, where nothing of Padlock's is: the access would end the program
// without a word.
// expect: heap-buffer-overflow
#include "../misuse.h"

static NOINLINE void store(volatile long* longs, long at) { longs[at] = 1; }

int main(void) {
  long* longs = hide(malloc(100));
  store(longs, 1L << 29);
  free(longs);
  return 0;
}
