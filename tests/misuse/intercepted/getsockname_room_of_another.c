// The length is the one of an address, the block is shorter.
// expect: heap-buffer-overflow
#include <netinet/in.h>
#include <sys/socket.h>

#include "../misuse.h"

int main(void) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr* address = hide(malloc(12));
  socklen_t length = sizeof(struct sockaddr_in);
  getsockname(fd, address, &length);
  free(address);
  return 0;
}
