// A large buffer that has been freed: the kernel alone would refuse it with an error.
// expect: use-after-free-write
#include <fcntl.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(1 << 20));
  free(block);
  const int fd = open("/dev/zero", O_RDONLY);
  read(fd, block, 16);
  return 0;
}
