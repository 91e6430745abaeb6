// A counter that has been freed.
// expect: use-after-free-write
#include <stdio.h>

#include "../misuse.h"

int main(void) {
  int* count = hide(malloc(sizeof *count));
  free(count);
  fprintf(fopen("/dev/null", "w"), "text%n", count);
  return 0;
}
