// The kernel writes into a piece that the pool has taken back.
// expect: use-after-poison
#include <fcntl.h>

#include "../pool.h"

int main(void) {
  char* pool = hide(malloc(4096));
  padlock_poison(pool + 1024, 1024);
  const int fd = open("/dev/zero", O_RDONLY);
  read(fd, pool + 1000, 100);
  free(pool);
  return 0;
}
