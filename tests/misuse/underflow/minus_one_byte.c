// buffer[-1], as a trimming loop does that forgets its lower bound.
// expect: heap-buffer-underflow
#include "../misuse.h"

int main(void) {
  char* line = hide(malloc(80));
  overwrite(line, -1, 'u', 1);
  free(line);
  return 0;
}
