// The block has left the quarantine and waits to be handed out again.
// expect: double-free
// options: arena_quarantine_kb=128
#include "../misuse.h"

static NOINLINE void churn(void) {
  for (int i = 0; i < 1000; ++i) free(hide(malloc(40000)));
}

int main(void) {
  char *buffer, *fence;
  adjacent_blocks(50000, &buffer, &fence);
  free(buffer);
  churn();
  free(hide(buffer));
  return 0;
}
