// A write far beyond a large block hits the guard pages before another one that lies above it.
// expect: heap-buffer-overflow
#include "../misuse.h"

enum { kBytes = 300001, kClose = kBytes + 40 * 4096 };

static NOINLINE void store(volatile char* bytes, long at) { bytes[at] = 'F'; }

int main(void) {
  char* upper = NULL;
  for (int i = 0; i < 1000; ++i) {
    char* lower = hide(malloc(kBytes));
    if (lower < upper && upper - lower < kClose) store(lower, kBytes + 90000);
    upper = lower;
  }
  return 0;
}
