// The NUL is the last byte of the block.
// expect: nothing
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(9));
  strcpy(block, "abc");
  strncat(block, "defghijk", 5);
  if (strcmp(block, "abcdefgh") != 0) return 1;
  strcpy(block + 3, "de");
  strcat(block, "fgh");
  if (strcmp(block, "abcdefgh") != 0) return 2;
  free(block);
  return 0;
}
