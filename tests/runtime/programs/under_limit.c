/* Every size, on two threads. Ends with 0 if all memory was there; with 3 if some call said ENOMEM. */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "check.h"

static int missing = 0;

static char* touched(char* block, size_t size) {
  if (block == NULL) {
    CHECK(errno == ENOMEM);
    missing = 1;
    return NULL;
  }
  block[0] = block[size - 1] = 1;
  return block;
}

static void allocate(size_t size) {
  errno = 0;
  char* block = touched(OPAQUE(malloc(size)), size);
  char* zeroed = touched(OPAQUE(calloc(1, size)), size);
  char* moved = realloc(block, 2 * size);
  if (moved == NULL) moved = touched(NULL, 0), moved = block;
  void* aligned = NULL;
  if (posix_memalign(&aligned, 4096, size) != 0) missing = 1;
  free(aligned);
  free(zeroed);
  free(moved);
}

static void* work(void* unused) {
  (void)unused;
  for (size_t size = 1; size <= 1 << 20; size *= 4) {
    for (int i = 0; i < 8; ++i) allocate(size + i);
  }
  return NULL;
}

int main(void) {
  work(NULL);
  pthread_t thread;
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 64 * 1024);
  if (pthread_create(&thread, &small, work, NULL) != 0) return 3;
  pthread_join(thread, NULL);
  return missing ? 3 : 0;
}
