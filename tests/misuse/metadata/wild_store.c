// A stray store of 4 bytes into the half of a header that is nearer to the block before, found at exit: that
// block is freed, and no suspect.
// expect: metadata-corruption
#include "../misuse.h"

char* volatile keep;

int main(void) {
  char* before;
  char* block;
  adjacent_blocks(64, &before, &block);
  free(before);
  keep = block;
  poke(keep, -24, 0x55, 4);
  exit(0);
}
