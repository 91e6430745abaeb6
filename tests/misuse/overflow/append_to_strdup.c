// strdup leaves no room for one more character.
// expect: heap-buffer-overflow
// options: intercept=0
#include "../misuse.h"

int main(void) {
  char* word = hide(strdup("hello"));
  must_change(word, 6, '!', 1);
  strcat(word, "!");
  free(word);
  return 0;
}
