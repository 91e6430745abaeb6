// expect: invalid-free
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

int main(void) {
  char* text = hide(malloc(64));
  free(text + 16);
  return 0;
}
