// status: 134
// So much before a block that its header can no longer be proven, but still shows which stack allocated it.
#include "pinpoint/programs/pinpoint.h"

// From the end, as a loop does that runs backwards.
static NOINLINE void step_back(char* text) {
  for (long i = kSize - 1; i >= -16; --i) poke(text, i, 0, 1);
}

int main(void) {
  allocate_blocks();
  step_back(blocks[7]);
  free_blocks();
  return 0;
}
