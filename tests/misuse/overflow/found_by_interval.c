// With check_interval=1 the next allocation finds it, by any thread.
// expect: heap-buffer-overflow
// options: check_interval=1
#include "../misuse.h"

static NOINLINE void innocent(void) { free(hide(malloc(500))); }

int main(void) {
  char* buffer = hide(malloc(56));
  overwrite(buffer, 56, 'i', 1);
  innocent();
  _Exit(3);
}
