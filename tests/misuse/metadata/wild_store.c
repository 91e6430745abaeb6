// A stray store of 4 bytes into the half of a header that is nearer to the block before, found at exit.
// expect: metadata-corruption
#include "../misuse.h"

char* volatile keep;

int main(void) {
  keep = malloc(64);
  poke(keep, -24, 0x55, 4);
  exit(0);
}
