// A pointer that was advanced while it was used.
// expect: invalid-free
#include "../misuse.h"

static NOINLINE char* skip_blanks(char* text) {
  while (*text == ' ') ++text;
  return text;
}

int main(void) {
  char* text = strcpy(hide(malloc(32)), "                key = value");
  free(hide(skip_blanks(text)));
  return 0;
}
