// A number in a line that has been freed.
// expect: use-after-free
#include <stdlib.h>

#include "../misuse.h"

int main(void) {
  char* line = hide(strdup("42"));
  free(line);
  hide((void*)(long)atoi(line));
  return 0;
}
