// status: 134
// In the middle of a large block's header.
#include "pinpoint/programs/pinpoint.h"

static NOINLINE void hit_header(char* text) {
  char* const place = hide(text - 24);
  poke(place, 0, place[0] ^ 0x55, 1);
}

int main(void) {
  char* const text = malloc(700000);
  poke(text, 0, 'a', 100);
  hit_header(text);
  free(text);
  return 0;
}
