// realloc(p, 0) frees.
// expect: double-free
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(32));
  hide(realloc(buffer, 0));
  free(hide(buffer));
  return 0;
}
