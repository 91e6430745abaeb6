// An alignment that is no power of two.
// expect: invalid-alignment
// options: allocator_may_return_null=0
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  void* buffer = NULL;
  volatile size_t alignment = 24;
  return posix_memalign(&buffer, alignment, 100) == 0;
}
