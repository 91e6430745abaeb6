// The same where case does not count.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include "../misuse.h"

volatile long sink;

int main(void) {
  char* block = hide(malloc(5));
  memcpy(block, "HELLO", 5);
  sink = strcasecmp(block, "hello world");
  free(block);
  return 0;
}
