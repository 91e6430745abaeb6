// A thousand allocations between the two frees.
// expect: double-free
#include "../misuse.h"

static NOINLINE void churn(void) {
  for (int i = 0; i < 1000; ++i) free(hide(malloc(64)));
}

int main(void) {
  char* buffer = hide(malloc(32));
  free(buffer);
  churn();
  free(hide(buffer));
  return 0;
}
