// status: 134
// A thread that has blocked all signals by a bare system call writes: no trap is to be lost.
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>

#include "pinpoint/programs/pinpoint.h"

static void* write_beyond(void* block) {
  unsigned long all = ~0UL;
  if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all) != 0) abort();
  poke(block, kSize, 0, 1);
  return NULL;
}

int main(void) {
  pthread_t thread;
  allocate_blocks();
  if (pthread_create(&thread, NULL, write_beyond, blocks[7]) != 0) return 1;
  pthread_join(thread, NULL);
  free_blocks();
  return 0;
}
