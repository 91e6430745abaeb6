// A write to what the block's links are about to be written over is found when it leaves the quarantine.
// expect: use-after-free-write
// options: arena_quarantine_kb=128
#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(50000));
  free(buffer);
  overwrite(buffer, 8, 'q', 1);
  for (int i = 0; i < 1000; ++i) free(hide(malloc(40000)));
  _Exit(3);
}
