// A large file's text without a NUL: the padding behind it ends nothing.
// expect: heap-buffer-overflow
#include "../misuse.h"

int main(void) {
  char* text = hide(malloc(300000));
  memset(text, 'x', 300000);
  char* copy = strdup(text);
  free(copy);
  free(text);
  return 0;
}
