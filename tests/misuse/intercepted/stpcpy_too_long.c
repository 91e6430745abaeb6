// stpcpy behind the end.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(8));
  char* end = stpcpy(block, "1234");
  stpcpy(end, "5678");
  free(block);
  return 0;
}
