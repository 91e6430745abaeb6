// A record is written out that is freed.
// expect: use-after-free
#include <stdio.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  FILE* file = fopen("/dev/null", "w");
  char* block = hide(malloc(48));
  free(block);
  fwrite(block, 8, 6, file);
  return 0;
}
