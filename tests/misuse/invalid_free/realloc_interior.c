// realloc of an advanced pointer.
// expect: invalid-free
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(64));
  hide(realloc(hide(buffer + 32), 128));
  return 0;
}
