// A full field, copied and measured by its size.
// expect: nothing
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char to[16];
  char* field = hide(malloc(8));
  strncpy(field, "12345678", 8);
  strncpy(to, field, 8);
  if (memcmp(to, "12345678", 8) != 0 || strnlen(field, 8) != 8) return 1;
  to[0] = 0;
  strncat(to, field, 8);
  if (strcmp(to, "12345678") != 0) return 2;
  char* copy = strndup(field, 8);
  if (strcmp(copy, to) != 0) return 3;
  free(copy);
  free(field);
  return 0;
}
