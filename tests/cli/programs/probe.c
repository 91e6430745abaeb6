/* Stands in for libpadlock.so where a test is about the command alone: says that it was loaded. */
#include <stdio.h>
#include <stdlib.h>

__attribute__((constructor)) static void loaded(void) {
  if (getenv("PROBE") != NULL) fprintf(stderr, "probe loaded, options '%s'\n", getenv("PADLOCK_OPTIONS"));
}
