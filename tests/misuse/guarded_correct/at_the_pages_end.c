// Strings that end where the page does, and functions that read whole vectors of them.
// expect: nothing
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

int main(void) {
  for (size_t size = 1; size < 200; ++size) {
    char* text = hide(malloc(size));
    if ((uintptr_t)text % 16 != 0) return 1;
    memset(text, 'x', size - 1);
    text[size - 1] = 0;
    if (strlen(text) != size - 1 || memchr(text, 0, size) != text + size - 1) return 2;
    if (strchr(text, 'y') != NULL || strcmp(text, text) != 0) return 3;
    free(text);
  }
  return 0;
}
