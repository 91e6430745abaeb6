// A text twice, by a function that overwrites its end.
// expect: overlapping-copy
#include <string.h>

#include "../misuse.h"

int main(void) {
  char* text = hide(calloc(32, 1));
  strcpy(text, "twice");
  strcat(text, text);
  free(text);
  return 0;
}
