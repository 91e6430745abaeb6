// As long as what went in, not what comes out.
// expect: heap-buffer-overflow
#include <stdlib.h>

#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(4));
  realpath("/usr/lib/..", block);
  realpath("/usr/lib", block);
  free(block);
  return 0;
}
