// status: 134
// In the middle of a block's header.
#include "pinpoint/programs/pinpoint.h"

static NOINLINE void hit_header(char* text) {
  char* const place = hide(text - 24);
  poke(place, 0, place[0] ^ 0x55, 1);
}

int main(void) {
  allocate_blocks();
  hit_header(blocks[7]);
  free_blocks();
  return 0;
}
