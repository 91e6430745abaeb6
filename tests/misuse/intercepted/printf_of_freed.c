// The name of something that is gone.
// expect: use-after-free
#include <stdio.h>

#include "../misuse.h"

int main(void) {
  char* name = hide(strdup("name"));
  free(name);
  fprintf(stderr, "%5.2f %ld %s\n", 1.5, 7L, name);
  return 0;
}
