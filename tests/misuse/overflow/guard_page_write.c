// A run past a large block hits its guard page: the very store is reported.
// expect: heap-buffer-overflow
#include "../misuse.h"

enum { kSize = 512 * 1024 };

static NOINLINE void run_over(volatile char* bytes, long from) { bytes[from] = 'G'; }

int main(void) {
  char* buffer = hide(malloc(kSize));
  run_over(buffer, kSize + 64);
  return 0;
}
