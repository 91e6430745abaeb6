// status: 134
// A freed large block is closed: the first run traps.
#include "pinpoint/programs/pinpoint.h"

int main(void) {
  char* const block = malloc(1 << 20);
  free(block);
  poke(block, 8, 0, 1);
  return 0;
}
