/* Under a small limit of address space: malloc fails in the end, with ENOMEM, for small, medium and large
 * blocks, and works again when memory was freed. */
#include <errno.h>
#include <sys/resource.h>

#include "check.h"

static size_t fill(size_t size) {
  void** list = NULL;
  size_t count = 0;
  errno = 0;
  for (void** block; (block = malloc(size)) != NULL; list = block, ++count) *block = list;
  CHECK(errno == ENOMEM);
  while (list != NULL) {
    void** next = *list;
    free(list);
    list = next;
  }
  return count;
}

int main(void) {
  const struct rlimit limit = {(rlim_t)1 << 29, (rlim_t)1 << 29};
  CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
  for (int i = 0; i < 2; ++i) {
    CHECK(fill(400) > 50000);
    CHECK(fill(100000) > 200);
    CHECK(fill(1000000) > 10);
  }
  return 0;
}
