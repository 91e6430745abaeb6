// status: 134
// The kernel writes to a block that was freed while the system call waited for what to write there.
#include <pthread.h>
#include <sys/syscall.h>

#include "pinpoint/programs/pinpoint.h"

static int ends[2];

static NOINLINE void* receive(void* to) {
  syscall(SYS_read, ends[0], to, (long)kSize);
  return NULL;
}

int main(void) {
  static const char zeros[kSize];
  pthread_t thread;
  allocate_blocks();
  if (pipe(ends) != 0 || pthread_create(&thread, NULL, receive, blocks[9]) != 0) return 1;
  free_blocks();
  if (write(ends[1], zeros, kSize) != kSize) return 2;
  pthread_join(thread, NULL);
  return 0;
}
