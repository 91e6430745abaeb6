// Two bytes of a freed block's header, far apart, the last one right before the block: no more are known.
// expect: heap-buffer-underflow
#include "../misuse.h"

char* volatile keep;

int main(void) {
  keep = malloc(64);
  char* block = keep;
  free(block);
  must_change(block, -1, 0x55, 1);
  must_change(block, -22, 0x55, 1);
  poke(block, -1, 0x55, 1);
  poke(block, -22, 0x55, 1);
  exit(0);
}
