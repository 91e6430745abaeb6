// A copy of a field without a NUL.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(12));
  memset(block, 65, 12);
  free(strdup(block));
  free(block);
  return 0;
}
