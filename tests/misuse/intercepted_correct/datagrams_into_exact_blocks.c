// Messages with their boundaries, and a bound that is beyond the block.
// expect: nothing
#include <sys/socket.h>
#include <sys/uio.h>

#include "../misuse.h"

int main(void) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) return 1;
  char* block = hide(malloc(5));
  if (send(ends[1], "12345", 5, 0) != 5 || send(ends[1], "1234567", 7, 0) != 7) return 1;
  if (recv(ends[0], block, 100, 0) != 5 || memcmp(block, "12345", 5) != 0) return 1;
  if (recv(ends[0], block, 5, 0) != 5 || memcmp(block, "12345", 5) != 0) return 1;
  struct iovec parts[2] = {{block, 3}, {block + 3, 50}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  if (send(ends[1], "abcde", 5, 0) != 5) return 1;
  if (recvmsg(ends[0], &message, 0) != 5 || memcmp(block, "abcde", 5) != 0) return 1;
  if (message.msg_iov != parts || parts[1].iov_base != block + 3) return 1;
  free(block);
  return 0;
}
