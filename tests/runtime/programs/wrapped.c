/* Faults of blocks that wrappers of malloc allocate and free. argv[1]: which. */
#include <string.h>

#include "check.h"

#define ALONE __attribute__((noinline, noclone))

ALONE void* xmalloc(size_t size) {
  void* const block = malloc(size);
  CHECK(block != NULL);
  return block;
}

ALONE void* pool_get(size_t size) {
  void* const block = xmalloc(size);
  CHECK(block != NULL);
  return block;
}

ALONE void xfree(void* block) {
  CHECK(block != NULL);
  free(block);
  CHECK(block != NULL);
}

/* A fault of the wrapper's own. */
ALONE void* safe_calloc(size_t size) {
  char* const block = malloc(size);
  for (size_t i = 0; i < size + 4096; ++i) ((volatile char*)block)[i] = 0;
  return block;
}

ALONE void overflow(char* block) {
  block[10] ^= 0x55;
  free(block);
}

ALONE void user(const char* what) {
  if (strcmp(what, "overflow") == 0) overflow(OPAQUE(xmalloc(10)));
  if (strcmp(what, "pool") == 0) overflow(OPAQUE(pool_get(10)));
  if (strcmp(what, "own_fault") == 0) OPAQUE(safe_calloc(100));
  if (strcmp(what, "twice") != 0) return;
  char* const block = OPAQUE(xmalloc(10));
  xfree(block);
  xfree(OPAQUE(block));
  CHECK(block != NULL);
}

int main(int argc, char** argv) {
  CHECK(argc == 2);
  user(argv[1]);
  return 0;
}
