// Two words where one fits.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(10));
  strcpy(block, "hello");
  strcat(block, "world");
  free(block);
  return 0;
}
