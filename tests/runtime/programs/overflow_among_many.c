/* Writes over the end of the last of very many large blocks: its guard page is one all the same. */
#include <string.h>

#include "check.h"

enum { kBlocks = 5000, kSize = 300000 };

int main(void) {
  static char* blocks[kBlocks];
  for (int i = 0; i < kBlocks; ++i) CHECK((blocks[i] = malloc(kSize)) != NULL);
  char* const last = OPAQUE(blocks[kBlocks - 1]);
  last[kSize + 100] = 1;  // reported, and the page is opened
  last[kSize + 101] = 1;
  return 0;
}
