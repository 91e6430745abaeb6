// A static buffer.
// expect: invalid-free
#include "../misuse.h"

static char buffer[4096];

int main(void) {
  free(hide(buffer));
  return 0;
}
