// With MSG_TRUNC a message may be longer than what was asked for, and that than the block.
// expect: heap-buffer-overflow
#include <sys/socket.h>

#include "../misuse.h"

int main(void) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) return 1;
  static char message[100];
  send(ends[0], message, sizeof message, 0);
  char* block = hide(malloc(40));
  recv(ends[1], block, 48, MSG_TRUNC);
  free(block);
  return 0;
}
