// A length of -5 that went through an unsigned int.
// expect: heap-buffer-overflow
#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(24));
  volatile unsigned length = -5;
  memset(block, 66, length);
  free(block);
  return 0;
}
