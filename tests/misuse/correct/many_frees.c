// One thread frees more of a size at once than its cache has room for: other sizes are not disturbed, and
// next to nothing is live afterwards.
// expect: nothing
#include "../misuse.h"

#include <malloc.h>

enum { kBlocks = 20000, kOthers = 400 };
static char* blocks[kBlocks];
static char* others[kOthers];

int main(void) {
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < kBlocks; ++i) blocks[i] = hide(malloc(24));
    for (int i = 0; i < kOthers; ++i) {
      others[i] = hide(malloc(40 + 16 * (i % 8)));
      memset(others[i], i % 8, 40 + 16 * (i % 8));
    }
    for (int i = 0; i < kBlocks; ++i) free(blocks[i]);
    for (int i = 0; i < kOthers; ++i) {
      for (int at = 0; at < 40 + 16 * (i % 8); ++at) {
        if (others[i][at] != i % 8) return 1;
      }
      free(others[i]);
    }
    if (mallinfo2().uordblks > kBlocks * 24 / 2) return 2;
  }
  return 0;
}
