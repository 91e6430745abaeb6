// Blocks that have pages of their own.
// expect: nothing
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char* a = hide(malloc(1000000));
  char* b = hide(malloc(1000000));
  memset(a, 1, 1000000);
  memcpy(b, a, 1000000);
  b[999999] = 0;
  if (strlen(b) != 999999 || memcmp(a, b, 999999) != 0) return 1;
  free(a);
  free(b);
  return 0;
}
