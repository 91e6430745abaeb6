// status: 134
// The kernel writes: a system call that Padlock does not stand in front of.
#include <sys/syscall.h>

#include "pinpoint/programs/pinpoint.h"

static NOINLINE long read_from(int file, char* to, long count) { return syscall(SYS_read, file, to, count); }

int main(void) {
  static const char zeros[100];
  int ends[2];
  allocate_blocks();
  if (pipe(ends) != 0 || write(ends[1], zeros, 60) != 60) return 1;
  if (read_from(ends[0], blocks[9], kSize) != kSize) return 2;
  if (read_from(ends[0], blocks[9], kSize + 2) != kSize + 2) return 3;
  free_blocks();
  return 0;
}
