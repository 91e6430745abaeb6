// All blocks are guarded: what lies behind the fourth one of a site cannot be read, as with the first.
// expect: heap-buffer-overflow
// options: guard_all=1
#include "../misuse.h"

int main(void) {
  volatile char* text = NULL;
  for (int i = 0; i < 4; ++i) text = hide(malloc(48));
  return text[200];
}
