// One byte into a freed block; nobody touches it again before exit.
// expect: use-after-free-write
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(48));
  free(buffer);
  overwrite(buffer, 5, 'x', 1);
  return 0;
}
