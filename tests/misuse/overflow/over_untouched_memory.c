// Through the padding into memory that nobody was ever given: nothing there shows where the write ended.
// expect: heap-buffer-overflow
#include "../misuse.h"

int main(void) {
  char* block = malloc(24);
  must_change(block, 24, 'A');
  overwrite(hide(block), 0, 'A', 64);
  free(hide(block));
  return 0;
}
