// The last bytes of a large block, and as many behind it: the kernel would send what there is.
// expect: heap-buffer-overflow
#include <fcntl.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  char* block = hide(calloc(1, 1 << 20));
  const int fd = open("/dev/null", O_WRONLY);
  write(fd, block + (1 << 20) - 100, 200);
  free(block);
  return 0;
}
