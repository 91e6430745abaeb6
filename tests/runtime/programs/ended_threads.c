/* What many threads had for their allocations goes back to the system when they have ended, although the
 * program never comes to their arenas again. */
#include <pthread.h>
#include <string.h>

#include "check.h"
#include "resident.h"

enum { kThreads = 200, kBlocks = 100, kSteps = 10000 };

static pthread_barrier_t all;

static void* work(void* seed) {
  void* held[kBlocks] = {0};
  unsigned state = (unsigned)(long)seed * 77 + 1;
  for (int i = 0; i < kSteps; ++i) {
    state = state * 1664525 + 1013904223;
    void** const place = &held[state % kBlocks];
    free(*place);
    const size_t size = (state >> 12) % ((state >> 28) < 12 ? 400 : 30000) + 1;
    *place = malloc(size);
    memset(*place, 1, size);
  }
  for (int i = 0; i < kBlocks; ++i) free(held[i]);
  pthread_barrier_wait(&all);
  pthread_barrier_wait(&all);
  return NULL;
}

int main(void) {
  pthread_t threads[kThreads];
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 65536);
  pthread_barrier_init(&all, NULL, kThreads + 1);
  const long before = resident_kib();
  for (long i = 0; i < kThreads; ++i) CHECK(pthread_create(&threads[i], &attributes, work, (void*)i) == 0);
  pthread_barrier_wait(&all);
  const long with_threads = resident_kib();
  pthread_barrier_wait(&all);
  for (int i = 0; i < kThreads; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
  const long after = resident_kib();
  printf("KiB: %ld before, %ld with threads, %ld after\n", before, with_threads, after);
  CHECK(with_threads - before > 20000);
  CHECK(after - before < (with_threads - before) / 5);
  return 0;
}
