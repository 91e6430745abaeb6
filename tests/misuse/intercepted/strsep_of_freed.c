// The line whose fields are looked for has been freed.
// expect: use-after-free
#define _DEFAULT_SOURCE
#include "../misuse.h"

int main(void) {
  char* line = hide(malloc(32));
  memcpy(line, "name:value", 11);
  char* rest = line;
  strsep(&rest, ":");
  free(line);
  strsep(&rest, ":");
  return 0;
}
