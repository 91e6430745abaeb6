// status: 134
// One byte before a large block, whose first bytes are written to as well.
#include "pinpoint/programs/pinpoint.h"

static NOINLINE void put(char* text, long at) { poke(text, at, 0, 1); }

int main(void) {
  char* const text = malloc(700000);
  for (long at = 20; at >= -1; --at) put(text, at);
  free(text);
  return 0;
}
