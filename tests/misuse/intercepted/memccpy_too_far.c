// No newline comes within the line that is copied.
// expect: heap-buffer-overflow
#include "../misuse.h"

int main(void) {
  static const char text[] = "a line that is longer than the block\n";
  char* line = hide(malloc(20));
  memccpy(line, text, '\n', sizeof text);
  free(line);
  return 0;
}
