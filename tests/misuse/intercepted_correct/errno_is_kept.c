// errno is what it was.
// expect: nothing
#define _GNU_SOURCE
#include <errno.h>

#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(16));
  errno = 77;
  memset(block, 65, 16);
  memcpy(block, block + 8, 8);
  if (strnlen(block, 16) != 16 || errno != 77) return 1;
  free(block);
  return 0;
}
