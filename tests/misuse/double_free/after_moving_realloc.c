// A realloc that moved the block has freed the old one.
// expect: double-free
#include "../misuse.h"

int main(void) {
  char *buffer, *fence;
  adjacent_blocks(40, &buffer, &fence);
  hide(realloc(buffer, 4000));
  free(hide(buffer));
  return 0;
}
