// A length of -1.
// expect: heap-buffer-overflow
#include "../misuse.h"

char copy[64];

int main(void) {
  char* block = hide(malloc(24));
  memset(block, 66, 24);
  volatile int length = -1;
  memcpy(hide(copy), block + 4, length);
  free(block);
  return 0;
}
