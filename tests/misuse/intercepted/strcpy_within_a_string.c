// The first letter is taken off.
// expect: overlapping-copy
#include <string.h>

#include "../misuse.h"

int main(void) {
  char* text = hide(strdup("a path"));
  strcpy(text, text + 1);
  free(text);
  return 0;
}
