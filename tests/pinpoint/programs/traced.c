// status: 118
// under: tracer
// Another process traces the command and all that it starts.
#include "pinpoint/programs/pinpoint.h"

int main(void) {
  allocate_blocks();
  poke(blocks[7], kSize, 0, 1);
  free_blocks();
  return 0;
}
