/* What glibc has beside the malloc family works as the documentation says, and programs that grow into
 * malloc_usable_size() stay within what it said. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static void grow_into_usable_size(void) {
  size_t used = 0;
  char* text = malloc(10);
  for (int i = 0; i < 100000; ++i) {
    if (used == malloc_usable_size(text)) text = realloc(text, used + used / 2 + 1);
    CHECK(text != NULL && malloc_usable_size(text) > used);
    text[used++] = (char)i;
  }
  for (size_t i = 0; i < used; ++i) CHECK(text[i] == (char)i);
  free(text);
}

static void accept_every_mallopt(void) {
  CHECK(mallopt(M_MMAP_THRESHOLD, 1 << 20) == 1);
  CHECK(mallopt(M_TRIM_THRESHOLD, 1 << 20) == 1);
  CHECK(mallopt(M_ARENA_MAX, 1) == 1);
  CHECK(mallopt(M_PERTURB, 0xa5) == 1);
}

static void write_info(void) {
  char* xml = NULL;
  size_t size = 0;
  FILE* const stream = open_memstream(&xml, &size);
  CHECK(stream != NULL && malloc_info(0, stream) == 0);
  CHECK(malloc_info(1, stream) == EINVAL);
  fclose(stream);
  CHECK(strncmp(xml, "<malloc version=\"", 17) == 0);
  CHECK(strcmp(xml + size - 10, "</malloc>\n") == 0);
  CHECK(strstr(xml, "<total type=\"live\"") != NULL && strstr(xml, "<system type=\"current\"") != NULL);
  free(xml);
}

static void count_in_mallinfo(void) {
  const struct mallinfo2 before = mallinfo2();
  void* const block = malloc(10000);
  const struct mallinfo2 after = mallinfo2();
  const size_t grown = after.uordblks - before.uordblks; /* the header and the padding count */
  CHECK(grown >= 10000 && grown <= 10000 + 512);
  free(block);
  CHECK(mallinfo2().uordblks == before.uordblks);
}

int main(void) {
  grow_into_usable_size();
  accept_every_mallopt();
  write_info();
  count_in_mallinfo();
  return 0;
}
