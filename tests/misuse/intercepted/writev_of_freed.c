// The second of two parts has been freed.
// expect: use-after-free
#include <fcntl.h>
#include <sys/uio.h>

#include "../misuse.h"

int main(void) {
  const int fd = open("/dev/null", O_WRONLY);
  char* block = hide(malloc(32));
  memset(block, 65, 32);
  struct iovec parts[2] = {{"head", 4}, {block, 32}};
  free(block);
  writev(fd, parts, 2);
  return 0;
}
