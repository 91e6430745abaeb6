// status: 134
// The whole header of a block: nothing is left that shows who allocated it.
#include "pinpoint/programs/pinpoint.h"

static NOINLINE void step_back(char* text) { poke(text, -32, 0, 32 + kSize); }

int main(void) {
  allocate_blocks();
  step_back(blocks[6]);
  free_blocks();
  return 0;
}
