// status: 134
// The end of a string, one byte too far, in one of many blocks.
#include "pinpoint/programs/pinpoint.h"

static NOINLINE void end_string(char* text, long length) { poke(text, length, 0, 1); }

int main(void) {
  allocate_blocks();
  end_string(blocks[3], kSize - 1);
  end_string(blocks[7], kSize);
  free_blocks();
  return 0;
}
