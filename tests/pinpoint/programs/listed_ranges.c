// status: 134
// The same by a list of ranges, the second of which is too long.
#include <sys/syscall.h>
#include <sys/uio.h>

#include "pinpoint/programs/pinpoint.h"

static NOINLINE long read_both(int file, char* head, char* to, long count) {
  struct iovec ranges[2] = {{head, 4}, {to, count}};
  return syscall(SYS_readv, file, ranges, 2);
}

int main(void) {
  static const char zeros[100];
  char head[4];
  int ends[2];
  allocate_blocks();
  if (pipe(ends) != 0 || write(ends[1], zeros, 60) != 60) return 1;
  if (read_both(ends[0], head, blocks[9], kSize) != kSize + 4) return 2;
  if (read_both(ends[0], head, blocks[9], kSize + 1) != kSize + 5) return 3;
  free_blocks();
  return 0;
}
