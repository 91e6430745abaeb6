// A member that nothing has been written to.
// expect: use-of-uninitialized-value
#include <fcntl.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  char** buffers = hide(malloc(4 * sizeof *buffers));
  buffers[0] = NULL;
  if (read(open("/dev/zero", O_RDONLY), buffers[2], 16) >= 0) return 1;
  return 0;
}
