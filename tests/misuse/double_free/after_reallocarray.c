// reallocarray of nothing frees, as realloc does.
// expect: double-free
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(32));
  hide(reallocarray(buffer, 0, 8));
  free(hide(buffer));
  return 0;
}
