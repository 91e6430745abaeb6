// A size that is too large, and a byte that is there.
// expect: nothing
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(24));
  memset(block, 1, 24);
  block[10] = 2;
  if (memchr(block, 2, 1000) != block + 10) return 1;
  if (memchr(block, 2, (size_t)-1) != block + 10) return 2;
  block[23] = 3;
  if (memchr(block, 3, 1000) != block + 23) return 3;
  free(block);
  return 0;
}
