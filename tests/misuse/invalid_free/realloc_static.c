// realloc of a static buffer.
// expect: invalid-free
#include "../misuse.h"

static char buffer[128];

int main(void) {
  hide(realloc(hide(buffer), 256));
  return 0;
}
