// status: 143
// endless: line %.0f
// An input that is never read, of a program that is stopped in its first run with damage in its heap.
#include <signal.h>

#include "pinpoint/programs/pinpoint.h"

int main(void) {
  allocate_blocks();
  poke(blocks[7], kSize, 0, 1);
  kill(getppid(), SIGTERM);
  for (;;) pause();
}
