// Room is made for an element.
// expect: overlapping-copy
#include <string.h>

#include "../misuse.h"

int main(void) {
  char* text = hide(calloc(32, 1));
  memcpy(text + 4, text, 28);
  free(text);
  return 0;
}
