/* A limit of the user's on one allocation: each function that allocates gives the largest block that it
 * allows, and the next larger one is reported, one call after another. */
// expect: invalid-size
// options: allocator_may_return_null=0:max_allocation_size_mb=2:halt_on_error=0
#include "../misuse.h"

#include <malloc.h>

enum { kMost = 2 << 20 };

static NOINLINE void* any(void* fits, void* beyond) {
  if (fits == NULL || beyond != NULL) exit(3);
  free(fits);
  return beyond;
}

int main(void) {
  any(malloc(kMost), malloc(kMost + 1));
  any(calloc(kMost / 8, 8), calloc(kMost / 8 + 1, 8));
  any(memalign(64, kMost), memalign(64, kMost + 1));
  any(malloc(kMost), realloc(NULL, kMost + 1));
  abort();
}
