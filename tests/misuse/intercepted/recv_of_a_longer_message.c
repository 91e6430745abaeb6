// A message that is longer than the block.
// expect: heap-buffer-overflow
#include <sys/socket.h>

#include "../misuse.h"

int main(void) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) return 1;
  if (send(ends[1], "a message of 24 letters.", 24, 0) != 24) return 1;
  char* block = hide(malloc(16));
  recv(ends[0], block, 100, 0);
  free(block);
  return 0;
}
