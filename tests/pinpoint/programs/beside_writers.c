// status: 134
// Threads that write to the block all the time, each in its own place: none is kept waiting forever, and
// those whose writes are stopped when the damage is seen do not take a fault of it.
#include <pthread.h>
#include <stdatomic.h>

#include "pinpoint/programs/pinpoint.h"

enum { kWriters = 3 };

static atomic_int written;

static NOINLINE void write_beyond(char* text) { poke(text, kSize + 3, 0, 1); }

static void* write_within(void* argument) {
  const long part = (long)argument;
  poke(blocks[2], part * 4, 'b', 4);
  for (atomic_fetch_add(&written, 1);;) poke(blocks[2], part * 4, 'b', 4);
}

int main(void) {
  pthread_t threads[kWriters];
  allocate_blocks();
  for (long i = 0; i < kWriters; ++i) pthread_create(&threads[i], NULL, write_within, (void*)i);
  while (atomic_load(&written) < kWriters) usleep(1000);
  write_beyond(blocks[2]);
  free_blocks();
  return 0;
}
