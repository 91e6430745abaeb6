/* Beyond max_allocation_size_mb=2 nothing is allocated, by any call, and what there was stays as it was. */
#include <errno.h>
#include <string.h>

#include "check.h"

enum { kFits = 2 << 20, kBeyond = kFits + 1 };

int main(void) {
  CHECK(OPAQUE(malloc(kBeyond)) == NULL && errno == ENOMEM);
  CHECK(OPAQUE(calloc(2, kFits)) == NULL);
  CHECK(OPAQUE(aligned_alloc(4096, 2 * kFits)) == NULL);
  char* const block = OPAQUE(malloc(kFits));
  CHECK(block != NULL);
  memset(block, 1, kFits);
  CHECK(OPAQUE(realloc(block, kBeyond)) == NULL && errno == ENOMEM);
  CHECK(block[0] == 1 && block[kFits - 1] == 1);
  free(block);
  return 0;
}
