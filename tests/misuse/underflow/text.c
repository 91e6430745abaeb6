// A text that was copied to a place before the block, and ends right before it: it is quoted whole.
// expect: heap-buffer-underflow
#include "../misuse.h"

int main(void) {
  static const char text[] = "long names!";
  char* name = hide(malloc(40));
  for (long i = 0; text[i] != '\0'; ++i) overwrite(name, i - 11, text[i], 1);
  free(name);
  return 0;
}
