/* So many blocks at once, each a page at most, from two threads. */
#include <pthread.h>

#include "check.h"

static int count;

static void* work(void* unused) {
  char** blocks = malloc(count * sizeof *blocks);
  for (int i = 0; i < count; ++i) {
    blocks[i] = OPAQUE(malloc(1 + i % 4000));
    blocks[i][i % 4000] = (char)i;
  }
  for (int i = 0; i < count; ++i) {
    CHECK(blocks[i][i % 4000] == (char)i);
    free(blocks[i]);
  }
  free(blocks);
  return unused;
}

int main(int argument_count, char** arguments) {
  count = atoi(arguments[argument_count - 1]) / 2;
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, work, NULL) == 0);
  work(NULL);
  pthread_join(thread, NULL);
  return 0;
}
