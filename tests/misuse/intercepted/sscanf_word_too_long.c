// A word of a line is longer than the block for it.
// expect: heap-buffer-overflow
#include <stdio.h>

#include "../misuse.h"

int main(void) {
  char* name = hide(malloc(8));
  int age = 0;
  sscanf("name longername 42", "%*s %s %d", name, &age);
  free(name);
  return age;
}
