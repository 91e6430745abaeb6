// Two threads free the same block at the same time: one of them is late, whichever it is. Where both pass at
// once the block is reported when the second slot comes up, which is not what is looked for here: then a
// block of another size.

// expect: double-free
// mask: s/by T([2-9]|[1-9][0-9]+) /by T_ /; s/[0-9]*000-byte/N-byte/; s/[0-9]*000 bytes/N bytes/
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
  pthread_barrier_init(&start, nullptr, 2);
  for (size_t size = 1000; size <= 30000; size += 1000) {
    buffer = hide(malloc(size));
    for (pthread_t& thread : threads) pthread_create(&thread, nullptr, clean_up, nullptr);
    for (pthread_t thread : threads) pthread_join(thread, nullptr);
  }
  return 0;
}
