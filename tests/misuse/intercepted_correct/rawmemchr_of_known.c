// A byte that is known to be there.
// expect: nothing
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(24));
  memset(block, 1, 24);
  block[23] = 2;
  if (rawmemchr(block, 2) != block + 23) return 1;
  if (memrchr(block, 2, 24) != block + 23) return 2;
  free(block);
  return 0;
}
