// Through the padding into memory that nobody was ever given: nothing there shows where the write ended.
// expect: heap-buffer-overflow
#include "../misuse.h"

int main(void) {
  char* block = malloc(24);
  poke(block, 0, 'A', 24);
  overwrite(block, 24, 'A', 40);
  free(hide(block));
  return 0;
}
