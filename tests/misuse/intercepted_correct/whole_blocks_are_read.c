// Up to the exact end of the block, by each of the functions.
// expect: nothing
#include <fcntl.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  const int fd = open("/dev/zero", O_RDONLY);
  FILE* file = fopen("/dev/zero", "r");
  char* block = hide(malloc(64));
  if (read(fd, block, 64) != 64 || pread(fd, block + 60, 4, 0) != 4) return 1;
  struct iovec parts[2] = {{block, 32}, {block + 32, 32}};
  if (readv(fd, parts, 2) != 64) return 1;
  if (fread(block, 8, 8, file) != 8 || fread(block + 1, 63, 1, file) != 1) return 1;
  fclose(file);
  free(block);
  return 0;
}
