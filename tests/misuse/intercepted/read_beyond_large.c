// More bytes come than the rest of a large block has room for.
// expect: heap-buffer-overflow
#include <fcntl.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(1 << 20));
  const int fd = open("/dev/zero", O_RDONLY);
  read(fd, block + 100, 1 << 20);
  free(block);
  return 0;
}
