// A bound beyond the block, where less comes than the block holds.
// expect: nothing
#include <errno.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  if (write(ends[1], "0123456789", 10) != 10) return 1;
  char* block = hide(malloc(10));
  if (read(ends[0], block, 4096) != 10) return 1;
  if (memcmp(block, "0123456789", 10) != 0) return 1;
  close(ends[1]);
  if (read(ends[0], block, 4096) != 0) return 1;
  errno = 0;
  if (read(-1, block, 4096) != -1 || errno != EBADF) return 1;
  free(block);
  return 0;
}
