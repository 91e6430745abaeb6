// One byte more than a large block has: it lies in the padding, in front of the guard page.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include "../misuse.h"

static char to[300001];

int main(void) {
  char* block = hide(calloc(1, 300000));
  memcpy(to, block, 300001);
  free(block);
  return 0;
}
