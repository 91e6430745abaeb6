// The place is for an address of the fourth version.
// expect: heap-buffer-overflow
#include <arpa/inet.h>

#include "../misuse.h"

int main(void) {
  struct in_addr* address = hide(malloc(sizeof *address));
  inet_pton(AF_INET6, "::1", address);
  free(address);
  return 0;
}
