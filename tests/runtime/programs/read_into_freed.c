/* The kernel's own access to a freed large block: the call fails with EFAULT and the program goes on. */
#include <errno.h>
#include <unistd.h>

#include "check.h"

int main(void) {
  int ends[2];
  char* block = OPAQUE(malloc(1 << 20));
  free(block);
  CHECK(pipe(ends) == 0 && write(ends[1], "1234", 4) == 4);
  CHECK(read(ends[0], OPAQUE(block), 4) == -1 && errno == EFAULT);
  CHECK(write(ends[1], OPAQUE(block), 4) == -1 && errno == EFAULT);
  return 0;
}
