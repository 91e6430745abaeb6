// A write far behind the end of a block, over its padding, into the first half of the next block's header.
// expect: metadata-corruption
// mask: s/(3[7-9]|40) bytes as far/40 bytes as far/
#include "../misuse.h"

int main(void) {
  char* first;
  char* second;
  adjacent_blocks(40, &first, &second);
  must_change(second, -27, 0x55, 5);
  poke(second, -27, 0x55, 5);
  free(second);
}
