// status: 134
// The same of a block that leaves nothing to be watched while it lives, and of a list of places.
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "pinpoint/programs/pinpoint.h"

static int ends[2];
static char here[8];

static NOINLINE void* receive(void* to) {
  const struct iovec list[] = {{to, 64}, {here, sizeof here}};
  syscall(SYS_readv, ends[0], list, 2L);
  return NULL;
}

int main(void) {
  static const char zeros[sizeof here + 64];
  pthread_t thread;
  char* const block = malloc(64);
  if (pipe(ends) != 0 || pthread_create(&thread, NULL, receive, block) != 0) return 1;
  free(block);
  if (write(ends[1], zeros, sizeof zeros) != sizeof zeros) return 2;
  pthread_join(thread, NULL);
  return 0;
}
