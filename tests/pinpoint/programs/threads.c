// status: 134
// Four threads write to the same block at once; one of them beyond it.
#include <pthread.h>

#include "pinpoint/programs/pinpoint.h"

static NOINLINE void write_within(long part) { poke(blocks[2], part * 6, 'b', 6); }

static NOINLINE void write_beyond(void) { poke(blocks[2], kSize + 3, 0, 2); }

static void* work(void* argument) {
  const long part = (long)argument;
  for (int i = 0; i < 200; ++i) {
    write_within(part);
    if (part == 3 && i == 120) write_beyond();
  }
  return NULL;
}

int main(void) {
  pthread_t threads[4];
  allocate_blocks();
  for (long i = 0; i < 4; ++i) pthread_create(&threads[i], NULL, work, (void*)i);
  for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
  free_blocks();
  return 0;
}
