// exit() in a handler whose signal interrupted malloc or free: no call into the allocator, and no check of a
// heap with a half-written block in it.
#include "check.h"

#include <signal.h>
#include <sys/time.h>

static void leave(int signal) { exit(7); }

int main(void) {
  const struct itimerval soon = {{0, 0}, {0, 20000}};
  CHECK(signal(SIGALRM, leave) != SIG_ERR);
  CHECK(setitimer(ITIMER_REAL, &soon, 0) == 0);
  for (;;) free(OPAQUE(malloc(100)));
}
