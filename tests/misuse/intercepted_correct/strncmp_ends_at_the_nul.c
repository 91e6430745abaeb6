// Equal texts whose NUL is the last byte, and a bound beyond it.
// expect: nothing
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char* a = hide(strdup("hello"));
  char* b = hide(strdup("hello"));
  if (strncmp(a, b, 100) != 0 || strcmp(a, b) != 0 || strcasecmp(a, b) != 0) return 1;
  free(a);
  free(b);
  return 0;
}
