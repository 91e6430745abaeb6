// The kernel refuses such a count without a look at the list.
// expect: nothing
#include <errno.h>
#include <sys/uio.h>

#include "../misuse.h"

int main(void) {
  struct iovec* list = hide(malloc(sizeof *list));
  list->iov_base = list;
  list->iov_len = 0;
  for (int count = -1; count <= 2000; count += 2001) {
    if (readv(0, hide(list), count) != -1 || errno != EINVAL) return 1;
    if (writev(1, hide(list), count) != -1 || errno != EINVAL) return 2;
  }
  return 0;
}
