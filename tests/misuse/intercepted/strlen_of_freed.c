// The length of a freed string.
// expect: use-after-free
#define _GNU_SOURCE
#include "../misuse.h"

volatile long sink;

int main(void) {
  char* block = hide(strdup("a name"));
  free(block);
  sink = (long)strlen(block);
  return 0;
}
