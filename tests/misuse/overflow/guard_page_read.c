// A read past a large block hits its guard page.
// expect: heap-buffer-overflow
#include "../misuse.h"

enum { kSize = 512 * 1024 };

static NOINLINE int look_behind(const volatile char* bytes, long at) { return bytes[at]; }

int main(void) {
  char* buffer = hide(calloc(kSize, 1));
  return look_behind(buffer, kSize + 64) & 0;
}
