// A list of descriptors that has been freed: the kernel would read and write it.
// expect: use-after-free-write
#include <poll.h>

#include "../misuse.h"

int main(void) {
  struct pollfd* places = hide(calloc(4, sizeof *places));
  free(places);
  poll(places, 4, 0);
  return 0;
}
