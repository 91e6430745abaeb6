// The text that is read ends without a NUL.
// expect: heap-buffer-overflow
#include <stdio.h>

#include "../misuse.h"

int main(void) {
  char* text = hide(malloc(4));
  memcpy(text, "1234", 4);
  int number = 0;
  sscanf(text, "%4d", &number);
  free(text);
  return 0;
}
