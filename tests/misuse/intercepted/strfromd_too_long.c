// The text of a number is longer than the block for it.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include <stdlib.h>

#include "../misuse.h"

int main(void) {
  char* text = hide(malloc(3));
  strfromd(text, 16, "%g", 1.5);
  free(text);
  return 0;
}
