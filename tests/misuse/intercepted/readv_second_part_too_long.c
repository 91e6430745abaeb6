// The second of two places is too short.
// expect: heap-buffer-overflow
#include <fcntl.h>
#include <sys/uio.h>

#include "../misuse.h"

int main(void) {
  const int fd = open("/dev/zero", O_RDONLY);
  char* first = hide(malloc(8));
  char* second = hide(malloc(8));
  struct iovec parts[2] = {{first, 8}, {second, 12}};
  readv(fd, parts, 2);
  free(first);
  free(second);
  return 0;
}
