// The write is found when the block leaves the quarantine.
// expect: use-after-free-write
// options: quarantine_size_kb=64
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(200));
  free(buffer);
  poke(buffer, 199, 'q', 1);
  for (int i = 0; i < 10000; ++i) free(hide(malloc(1000)));
  _Exit(3);
}
