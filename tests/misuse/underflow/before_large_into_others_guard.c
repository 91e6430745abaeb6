// A write far before a large block hits the guard page behind another one that lies below it.
// expect: heap-buffer-underflow
// mask: s/offset -[0-9]+/offset -N/
#include "../misuse.h"

enum { kBytes = 300001, kPage = 4096, kClose = 40 * kPage };

static NOINLINE void store(volatile char* bytes, long at) { bytes[at] = 'F'; }

int main(void) {
  char* upper = NULL;
  for (int i = 0; i < 1000; ++i) {
    char* lower = hide(malloc(kBytes));
    const uintptr_t guard = ((uintptr_t)lower + kBytes + kPage) & ~(uintptr_t)(kPage - 1);
    if (lower < upper && (uintptr_t)upper - guard < kClose)
      store(upper, (long)(guard + 200 - (uintptr_t)upper));
    upper = lower;
  }
  return 0;
}
