// A block is wiped that was freed and merged long ago.
// expect: use-after-free-write
// options: seed=1
#include "../misuse.h"

enum { kBlocks = 64, kSize = 20000 };

int main(void) {
  char* blocks[kBlocks];
  for (int i = 0; i < kBlocks; ++i) blocks[i] = hide(malloc(kSize));
  for (int i = 0; i < kBlocks; ++i) free(blocks[i]);
  free(hide(malloc(10 * kSize)));  // nothing fits: all is merged
  memset(blocks[30] + 100, 0, 16);
  return 0;
}
