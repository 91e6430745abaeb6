// Through the padding into memory that nobody was ever given: nothing there shows where the write ended.
// expect: heap-buffer-overflow
#include "../misuse.h"

enum { kBytes = 264 };  // as no block is that was there before main()

int main(void) {
  char* block = malloc(kBytes);
  poke(block, 0, 'A', kBytes);
  overwrite(block, kBytes, 'A', 40);
  free(hide(block));
  return 0;
}
