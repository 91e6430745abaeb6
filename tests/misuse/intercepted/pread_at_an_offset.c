// Room for the whole file, but not from the middle on.
// expect: heap-buffer-overflow
#include <fcntl.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  const int fd = open("/dev/zero", O_RDONLY);
  char* block = hide(malloc(100));
  pread(fd, block + 60, 100, 0);
  free(block);
  return 0;
}
