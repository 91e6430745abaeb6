// strncpy fills what the text leaves over.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(16));
  strncpy(block, "short", 32);
  free(block);
  return 0;
}
