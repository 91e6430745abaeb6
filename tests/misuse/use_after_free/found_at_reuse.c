// Without a quarantine the next block of that size is the freed one: its poison is verified first.
// expect: use-after-free-write
// options: thread_quarantine_kb=0
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(777));
  char* fence = hide(malloc(777));
  free(buffer);
  overwrite(buffer, 700, 'r', 4);
  for (int i = 0; i < 100; ++i) hide(malloc(777));
  free(fence);
  _Exit(3);
}
