/* A bitmap of 256 bits, one more of which is set: `|= 1` on the first byte of the padding, which half of all
 * paddings hold already. No key hides it in every one of thirty blocks. */
#include "check.h"

enum { kBits = 256, kBlocks = 30 };

__attribute__((noinline)) static void mark(unsigned char* map) {
  for (int i = 0; i <= OPAQUE(kBits); i += 64) map[i / 8] |= 1 << i % 8;
}

int main(void) {
  for (int i = 0; i < kBlocks; ++i) {
    unsigned char* map = calloc(kBits / 8, 1);
    mark(map);
    free(map);
  }
  return 0;
}
