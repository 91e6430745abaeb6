// More is sent than the block holds.
// expect: heap-buffer-overflow
#include <sys/socket.h>

#include "../misuse.h"

int main(void) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) return 1;
  char* block = hide(malloc(20));
  memset(block, 65, 20);
  sendto(ends[0], block, 32, 0, NULL, 0);
  free(block);
  return 0;
}
