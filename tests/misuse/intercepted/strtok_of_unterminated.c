// The last token of a field that has no NUL.
// expect: heap-buffer-overflow
#include "../misuse.h"

int main(void) {
  char* field = hide(malloc(8));
  memcpy(field, "one,four", 8);
  char* rest = NULL;
  strtok_r(field, ",", &rest);
  strtok_r(NULL, ",", &rest);
  free(field);
  return 0;
}
