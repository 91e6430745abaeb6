// status: 134
// The kernel writes for a request to io_uring, in the system call that waits for it.
#include "pinpoint/programs/ring.h"

int main(void) {
  static const char zeros[kSize + 2];
  int ends[2];
  allocate_blocks();
  if (pipe(ends) != 0 || write(ends[1], zeros, sizeof zeros) != sizeof zeros) return 3;
  ask_for_read(ends[0], blocks[9], kSize + 2, 1);
  free_blocks();
  return 0;
}
