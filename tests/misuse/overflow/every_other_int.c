// A loop with a stride writes two elements past the end: two places in the padding.
// expect: heap-buffer-overflow
#include "../misuse.h"

int main(void) {
  char* volatile keep = malloc(24 + 1);
  char* block = keep;
  must_change(block, 28, 0x41, 4);
  must_change(block, 36, 0x42, 4);
  poke(block, 28, 0x41, 4);
  poke(block, 36, 0x42, 4);
  free(block);
}
