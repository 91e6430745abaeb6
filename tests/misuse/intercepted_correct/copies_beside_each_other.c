// Halves of a block, a block onto itself, and moves that may overlap.
// expect: nothing
#include <string.h>

#include "../misuse.h"

int main(void) {
  char* text = hide(calloc(64, 1));
  memcpy(text + 32, text, 32);
  memcpy(text, text + 32, 32);
  memcpy(text, text, 64);
  memcpy(text, text + 1, 0);
  memmove(text, text + 1, 63);
  strcpy(text, "abc");
  strcpy(text + 4, text);
  strcat(text + 4, text);
  if (strcmp(text + 4, "abcabc") != 0) return 1;
  free(text);
  return 0;
}
