// The header of a large block.
// expect: metadata-corruption
#include "../misuse.h"

int main(void) {
  volatile char* buffer = hide(malloc(1024 * 1024));
  buffer[-24] ^= 0x40;
  free((void*)buffer);
  return 0;
}
