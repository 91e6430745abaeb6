// The header of a freed block, found at exit.
// expect: metadata-corruption
#include "../misuse.h"

int main(void) {
  volatile char* buffer = hide(malloc(64));
  free((void*)buffer);
  buffer[-24] ^= 0x40;
  return 0;
}
