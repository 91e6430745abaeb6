/* Eight threads with a fault each at the same moment: the first one reported ends the program, and no other
 * is cut. */
#include <pthread.h>

#include "check.h"

enum { kThreads = 8 };

static pthread_barrier_t start;

static void* double_free(void* unused) {
  char* block = malloc(100);
  free(block);
  pthread_barrier_wait(&start);
  free(OPAQUE(block));
  return NULL;
}

int main(void) {
  pthread_t threads[kThreads];
  CHECK(pthread_barrier_init(&start, NULL, kThreads) == 0);
  for (int i = 0; i < kThreads; ++i) CHECK(pthread_create(&threads[i], NULL, double_free, NULL) == 0);
  for (int i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
  return 0;
}
