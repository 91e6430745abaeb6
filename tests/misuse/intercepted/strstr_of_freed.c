// A search in freed text.
// expect: use-after-free
#define _GNU_SOURCE
#include "../misuse.h"

volatile long sink;

int main(void) {
  char* block = hide(strdup("one two three"));
  free(block);
  sink = strstr(block, "two") != NULL;
  return 0;
}
