// The block holds less than what comes.
// expect: heap-buffer-overflow
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  if (write(ends[1], "twelve bytes", 12) != 12) return 1;
  char* block = hide(malloc(10));
  read(ends[0], block, 64);
  free(block);
  return 0;
}
