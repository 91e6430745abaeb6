// A freed block is cleared once more.
// expect: use-after-free-write
// options: intercept=0
#include "../misuse.h"

static NOINLINE void reset(char* state, size_t size) { memset(state, 0, size); }

int main(void) {
  char* state = hide(malloc(96));
  free(state);
  must_change(state, 0, 0, 96);
  reset(state, 96);
  return 0;
}
