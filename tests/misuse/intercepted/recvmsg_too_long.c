// A message into two places, of which the last is too short.
// expect: heap-buffer-overflow
#include <sys/socket.h>
#include <sys/uio.h>

#include "../misuse.h"

int main(void) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) return 1;
  if (send(ends[1], "0123456789", 10, 0) != 10) return 1;
  char* block = hide(malloc(6));
  char head[2];
  struct iovec parts[2] = {{head, 2}, {block, 100}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  recvmsg(ends[0], &message, 0);
  free(block);
  return 0;
}
