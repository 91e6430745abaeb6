// A timer's handler allocates while the allocator is at work.
// expect: signal-unsafe-call
#include <signal.h>
#include <sys/time.h>

#include "../misuse.h"

static void on_alarm(int number) {
  (void)number;
  free(hide(malloc(100)));
}

int main(void) {
  const struct itimerval often = {{0, 100}, {0, 100}};
  signal(SIGALRM, on_alarm);
  free(hide(malloc(24)));  // from here on the thread has a number
  setitimer(ITIMER_REAL, &often, NULL);
  for (long i = 0; i < 200000000; ++i) free(hide(malloc(24)));
  return 3;
}
