// Digits that end before the block does, without a NUL.
// expect: nothing
#include <stdlib.h>

#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(6));
  memcpy(block, " -123,", 6);
  char* end = NULL;
  if (strtol(block, &end, 10) != -123 || end != block + 5) return 1;
  if (strtoul(block + 2, NULL, 10) != 123 || atoi(block) != -123 || atol(block + 3) != 23) return 1;
  if (strtod(block + 2, &end) != 123.0 || end != block + 5) return 1;
  memcpy(block, "0x1fz-", 6);
  if (strtol(block, NULL, 0) != 31) return 1;
  free(block);
  return 0;
}
