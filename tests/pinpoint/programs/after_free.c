// status: 134
// A write to a freed block.
#include "pinpoint/programs/pinpoint.h"

static NOINLINE void append(char* text) { poke(text, 8, 0, 2); }

int main(void) {
  allocate_blocks();
  char* const kept = blocks[7];
  free_blocks();
  append(kept);
  return 0;
}
