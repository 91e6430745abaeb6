// Sizes of zero, at the end of a block, before it, and of a freed one.
// expect: nothing
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(16));
  memcpy(block + 16, block, 0);
  memset(block - 1, 1, 0);
  if (memcmp(block + 100, block, 0) != 0 || memchr(block + 16, 0, 0) != NULL) return 1;
  if (strncmp(block + 16, "x", 0) != 0 || strnlen(block + 16, 0) != 0) return 2;
  char* freed = hide(malloc(16));
  free(freed);
  memmove(freed, block, 0);
  free(block);
  return 0;
}
