// The thread that makes the access has never allocated: it has no number yet, and how many allocations there
// were it does not know.
// expect: heap-buffer-overflow
#include <pthread.h>

#include "../misuse.h"

static NOINLINE void store(volatile char* bytes, long at) { bytes[at] = 'F'; }

static void* run(void* buffer) {
  store(buffer, 200000);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, run, hide(malloc(100)));
  pthread_join(thread, NULL);
  return 0;
}
