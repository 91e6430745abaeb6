// A size that is too large, and bytes that are there; and none to look for.
// expect: nothing
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(24));
  memset(block, 1, 24);
  memcpy(block + 10, "\2\3", 2);
  if (memmem(block, 1000, "\2\3", 2) != block + 10) return 1;
  if (memmem(block, 24, "\3\2", 2) != NULL) return 2;
  memcpy(block + 22, "\4\5", 2);
  if (memmem(block, 1000, "\4\5", 2) != block + 22) return 3;
  if (memmem(block + 24, 100, "", 0) != block + 24) return 4;
  if (memmem(block, 1, "\4\5", 2) != NULL) return 5;
  free(block);
  return 0;
}
