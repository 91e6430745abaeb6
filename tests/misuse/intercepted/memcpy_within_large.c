// The rest of a large buffer is moved to its beginning by memcpy.
// expect: overlapping-copy
#include "../misuse.h"

int main(void) {
  char* block = hide(calloc(1, 1 << 20));
  memcpy(block, block + 1000, 5000);
  free(block);
  return 0;
}
