// A bound beyond both blocks, and a difference before.
// expect: nothing
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char* a = hide(malloc(5));
  char* b = hide(malloc(4));
  memcpy(a, "hello", 5);
  memcpy(b, "helm", 4);
  if (strncmp(a, b, 100) >= 0 || strcmp(b, a) <= 0 || strcasecmp(a, b) >= 0) return 1;
  if (strncasecmp(b, a, 4) <= 0 || strncmp(a, b, 3) != 0) return 2;
  free(a);
  free(b);
  return 0;
}
