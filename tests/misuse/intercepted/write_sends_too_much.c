// More is sent than the answer holds, as in Heartbleed.
// expect: heap-buffer-overflow
#include <stdio.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  char* block = hide(malloc(40));
  memset(block, 1, 40);
  write(ends[1], block, 64);
  free(block);
  return 0;
}
