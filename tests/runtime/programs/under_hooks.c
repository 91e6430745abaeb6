/* Calls into every part of the allocator, under hooks.c. */
#include <malloc.h>
#include <pthread.h>
#include <string.h>

#include "check.h"

static void* work(void* unused) {
  (void)unused;
  for (int i = 1; i < 3000; ++i) {
    char* block = OPAQUE(malloc(i));
    block[0] = block[i - 1] = 1;
    block = realloc(block, 2 * i + 1);
    CHECK(block != NULL && block[0] == 1 && block[i - 1] == 1);
    free(block);
    free(OPAQUE(calloc(3, i)));
  }
  char* large = malloc(1 << 20);
  large[0] = 7;
  large = realloc(large, 9 << 20);
  CHECK(large != NULL && large[0] == 7);
  free(large);
  return NULL;
}

int main(void) {
  pthread_t threads[3];
  for (int i = 0; i < 3; ++i) CHECK(pthread_create(&threads[i], NULL, work, NULL) == 0);
  work(NULL);
  for (int i = 0; i < 3; ++i) pthread_join(threads[i], NULL);
  malloc_trim(0);
  return 0;
}
