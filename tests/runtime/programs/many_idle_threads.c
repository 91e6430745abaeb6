/* Where many threads share an arena, what is freed goes back to the system soon: they may be idle for good.
 */
#include <pthread.h>
#include <string.h>

#include "check.h"
#include "resident.h"

enum { kThreads = 20, kBlocks = 100000, kSize = 300 };

static pthread_barrier_t all;
static char* blocks[kBlocks];

static void* idle(void* nothing) {
  free(malloc(100));
  pthread_barrier_wait(&all);
  pthread_barrier_wait(&all);
  return nothing;
}

int main(void) {
  pthread_t threads[kThreads];
  pthread_barrier_init(&all, NULL, kThreads + 1);
  for (int i = 0; i < kThreads; ++i) CHECK(pthread_create(&threads[i], NULL, idle, NULL) == 0);
  pthread_barrier_wait(&all);
  const long before = resident_kib();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < kBlocks; ++i) {
      blocks[i] = malloc(kSize);
      memset(blocks[i], 1, kSize);
    }
    const long in_use = resident_kib();
    CHECK(in_use - before > 30000);
    for (int i = 0; i < kBlocks; ++i) free(blocks[i]);
    CHECK(resident_kib() - before < (in_use - before) / 3);
  }
  pthread_barrier_wait(&all);
  for (int i = 0; i < kThreads; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
  return 0;
}
