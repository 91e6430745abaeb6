// A stray store of 4 bytes into a header, found at exit.
// expect: metadata-corruption
#include "../misuse.h"

char* volatile keep;

int main(void) {
  keep = malloc(64);
  poke(keep, -16, 0x55, 4);
  exit(0);
}
