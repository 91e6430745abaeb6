// Into the padding of a large block.
// expect: invalid-free
#include "../misuse.h"

int main(void) {
  char* text = hide(malloc(300001));
  return hide(realloc(hide(text + 300004), 10)) != NULL;
}
