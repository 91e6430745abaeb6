// The text that is copied has no end.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char to[200];
  char* block = hide(malloc(16));
  memset(block, 65, 16);
  strcpy(to, block);
  free(block);
  return 0;
}
