// A freed key is looked up.
// expect: use-after-free
#define _GNU_SOURCE
#include "../misuse.h"

volatile long sink;

int main(void) {
  char* block = hide(strdup("key"));
  free(block);
  sink = strcmp("key", block);
  return 0;
}
