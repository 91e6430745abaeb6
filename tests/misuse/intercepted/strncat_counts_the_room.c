// The bound of strncat is what is appended, not the room; the NUL comes on top.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(8));
  strcpy(block, "abc");
  strncat(block, "defghijk", 5);
  free(block);
  return 0;
}
