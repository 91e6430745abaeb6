/* A program that locks all its memory, now and later, has no reserve of Padlock's in memory. */
#include <sys/mman.h>
#include <sys/resource.h>

#include "check.h"

int main(void) {
  if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) return 0; /* not everybody may */
  for (int i = 0; i < 1000; ++i) CHECK(OPAQUE(malloc(1000)) != NULL);
  CHECK(OPAQUE(malloc(3 << 20)) != NULL);
  struct rusage usage;
  CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
  CHECK(usage.ru_maxrss < 40 * 1024);
  return 0;
}
