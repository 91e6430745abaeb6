/* More large blocks than the kernel allows mappings: guard pages are given up, nothing else. */
#include "check.h"

enum { kBlocks = 40000 };
static char* blocks[kBlocks];

int main(void) {
  for (int i = 0; i < kBlocks; ++i) {
    blocks[i] = malloc(262144);
    CHECK(blocks[i] != NULL);
    blocks[i][0] = (char)i;
  }
  for (int i = 0; i < kBlocks; ++i) CHECK(blocks[i][0] == (char)i);
  for (int i = 0; i < kBlocks; ++i) free(blocks[i]);
  return 0;
}
