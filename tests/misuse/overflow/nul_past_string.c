// A string that exactly fills its buffer: strcpy writes the NUL one byte past the end. Found by free.
// expect: heap-buffer-overflow
// options: intercept=0
#include "../misuse.h"

static NOINLINE char* copy_name(const char* name) {
  char* copy = malloc(strlen(name));
  return strcpy(copy, name);
}

int main(void) {
  char* name = hide(copy_name("twenty-four characters.."));
  free(name);
  return 0;
}
