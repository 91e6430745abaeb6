// The rest of a name is moved to the front of its field.
// expect: overlapping-copy
#include "../misuse.h"

int main(void) {
  char* name = hide(calloc(1, 32));
  strcpy(name, "mr longlonglongname");
  strncpy(name, name + 3, 31);
  free(name);
  return 0;
}
