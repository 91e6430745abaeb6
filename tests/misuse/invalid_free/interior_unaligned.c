// One byte into the block.
// expect: invalid-free
#include "../misuse.h"

int main(void) {
  char* text = hide(malloc(100));
  free(hide(text + 1));
  return 0;
}
