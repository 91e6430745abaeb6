// status: 25
// options: --runs=2
// The kernel writes for a request to io_uring, while the program does something else.
#include "pinpoint/programs/ring.h"

int main(void) {
  static const char zeros[kSize + 2];
  int ends[2];
  allocate_blocks();
  if (pipe(ends) != 0) return 3;
  ask_for_read(ends[0], blocks[9], kSize + 2, 0);
  if (write(ends[1], zeros, sizeof zeros) != sizeof zeros) return 4;
  while (!is_answered()) usleep(1000);
  free_blocks();
  return 0;
}
