/* Stands in for libpadlock.so where a test is about the command alone: says that it was loaded. */
#include <stdio.h>
#include <stdlib.h>

/* Padlock's mark. */
__attribute__((section(".note.padlock"), used, aligned(4))) static const struct {
  unsigned name_size, content_size, type;
  char name[8];
} mark = {8, 0, 1, "Padlock"};

__attribute__((constructor)) static void loaded(void) {
  if (getenv("PROBE") != NULL) fprintf(stderr, "probe loaded, options '%s'\n", getenv("PADLOCK_OPTIONS"));
}
