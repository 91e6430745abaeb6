/* Guarded blocks give back what they do not use of their region when memory is locked; large blocks come to
 * lie there. */
#include <malloc.h>
#include <string.h>
#include <sys/mman.h>

#include "check.h"

enum { kSmall = 2000, kLarge = 40, kBytes = 5000000 };

int main(void) {
  for (int i = 0; i < kSmall; ++i) CHECK(OPAQUE(malloc(50)) != NULL);
  if (mlockall(MCL_CURRENT) != 0) return 77;
  char* blocks[kLarge];
  for (int i = 0; i < kLarge; ++i) {
    blocks[i] = OPAQUE(malloc(kBytes));
    CHECK(blocks[i] != NULL && malloc_usable_size(blocks[i]) == kBytes);
    blocks[i][kBytes - 1] = 1;
  }
  for (int i = 0; i < kLarge; i += 2) CHECK((blocks[i] = realloc(blocks[i], kBytes + 1000000)) != NULL);
  for (int i = 0; i < kLarge; ++i) free(blocks[i]);
  return 0;
}
