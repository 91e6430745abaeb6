// One bit of a block's header flips; the bytes right before the block stay whole.
// expect: metadata-corruption
#include "../misuse.h"

int main(void) {
  volatile char* buffer = hide(malloc(64));
  buffer[-20] ^= 0x10;
  free((void*)buffer);
  return 0;
}
