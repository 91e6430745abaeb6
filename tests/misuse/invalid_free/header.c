// A pointer to the block's header, as from a miscalculated container_of.
// expect: invalid-free
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(64));
  free(hide(buffer - 16));
  return 0;
}
