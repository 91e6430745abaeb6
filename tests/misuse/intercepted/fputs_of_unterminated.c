// A line without a NUL.
// expect: heap-buffer-overflow
#include <stdio.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  FILE* file = fopen("/dev/null", "w");
  char* block = hide(malloc(12));
  memset(block, 65, 12);
  fputs(block, file);
  free(block);
  return 0;
}
