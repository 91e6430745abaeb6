// Two threads free the same block at the same time: one of them is late, whichever it is.
// expect: double-free
// mask: s/by T[23] /by T_ /
#include <pthread.h>

#include "../misuse.h"

static pthread_barrier_t start;
static void* buffer;

static NOINLINE void* clean_up(void*) {
  pthread_barrier_wait(&start);
  free(buffer);
  return nullptr;
}

int main() {
  pthread_t threads[2];
  buffer = hide(malloc(1000));
  pthread_barrier_init(&start, nullptr, 2);
  for (pthread_t& thread : threads) pthread_create(&thread, nullptr, clean_up, nullptr);
  for (pthread_t thread : threads) pthread_join(thread, nullptr);
  return 0;
}
