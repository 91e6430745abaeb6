// The pointer from before a realloc that moved the block.
// expect: use-after-free-write
#include "../misuse.h"

int main(void) {
  char *buffer, *fence;
  adjacent_blocks(40, &buffer, &fence);
  char* grown = hide(realloc(buffer, 4000));
  overwrite(hide(buffer), 8, 'o', 2);
  free(grown);
  return 0;
}
