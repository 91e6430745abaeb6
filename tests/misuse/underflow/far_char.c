// buffer[-12]: one byte deep in the header, which its seal proves.
// expect: heap-buffer-underflow
#include "../misuse.h"

int main(void) {
  char* line = hide(malloc(80));
  poke(line, -12, 'u', 1);
  free(line);
  return 0;
}
