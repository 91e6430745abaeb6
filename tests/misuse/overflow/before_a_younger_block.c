// A memset runs over memory that a block is cut from afterwards: a younger header behind the padding shows
// nothing.
// expect: heap-buffer-overflow
#include "../misuse.h"

int main(void) {
  char* count = hide(malloc(8));
  poke(count, 0, 0, 4096);
  char* later = hide(malloc(100));
  free(count);
  free(later);
  return 0;
}
