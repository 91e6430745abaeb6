// status: 134
// A block that realloc() gave: it is found as one of those that were resized there.
#include "pinpoint/programs/pinpoint.h"

static NOINLINE void end_string(char* text, long length) { poke(text, length, 0, 1); }

int main(void) {
  allocate_blocks();
  for (int i = 0; i < kBlocks; ++i) blocks[i] = realloc(blocks[i], 40);
  end_string(blocks[7], 40);
  free_blocks();
  return 0;
}
