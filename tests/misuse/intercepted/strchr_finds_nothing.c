// A search through text without an end.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include "../misuse.h"

volatile long sink;

int main(void) {
  char* block = hide(malloc(12));
  memset(block, 65, 12);
  sink = strchr(block, '=') != NULL;
  free(block);
  return 0;
}
