// The pointer behind the last byte, as a loop leaves it.
// expect: invalid-free
#include "../misuse.h"

int main(void) {
  char* text = hide(malloc(96));
  char* end = text;
  while (end != text + 96) ++end;
  free(hide(end));
  return 0;
}
