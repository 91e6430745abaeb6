// status: 134
// One byte before a block.
#include "pinpoint/programs/pinpoint.h"

static NOINLINE void step_back(char* text) { poke(text, -1, 0, 1); }

int main(void) {
  allocate_blocks();
  step_back(blocks[7]);
  free_blocks();
  return 0;
}
