// The bytes of the item that is not whole are there, too.
// expect: nothing
#include <stdio.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  if (write(ends[1], "abcdef", 6) != 6) return 1;
  close(ends[1]);
  FILE* file = fdopen(ends[0], "r");
  char* block = hide(malloc(7));
  memset(block, '.', 7);
  if (fread(block, 4, 100, file) != 1 || memcmp(block, "abcdef.", 7) != 0) return 1;
  free(block);
  return 0;
}
