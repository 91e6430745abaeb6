// A buffer that has been freed.
// expect: use-after-free-write
#include <fcntl.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(40));
  free(block);
  const int fd = open("/dev/zero", O_RDONLY);
  read(fd, block, 16);
  return 0;
}
