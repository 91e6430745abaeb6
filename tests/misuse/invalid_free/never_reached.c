// A free of a pointer to heap memory that no block has ever come to, which is inaccessible.
// expect: invalid-free
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(100));
  free(hide(buffer + (1 << 20)));
  return 0;
}
