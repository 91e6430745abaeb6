// A stray store of 4 bytes into the half of a header that is nearer to the block before, found at exit: that
// block is freed, and no suspect.
// expect: metadata-corruption
// mask: s/6[0-4] bytes as far/64 bytes as far/
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
