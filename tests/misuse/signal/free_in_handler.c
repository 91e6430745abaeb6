// A handler that only frees: no safer.
// expect: signal-unsafe-call
#include <signal.h>
#include <sys/time.h>

#include "../misuse.h"

static void* volatile pending;

static void on_alarm(int number) {
  (void)number;
  void* buffer = pending;
  pending = NULL;
  if (buffer) free(buffer);
}

int main(void) {
  const struct itimerval often = {{0, 100}, {0, 100}};
  signal(SIGALRM, on_alarm);
  free(hide(malloc(24)));  // from here on the thread has a number
  setitimer(ITIMER_REAL, &often, NULL);
  for (long i = 0; i < 200000000; ++i) {
    if (!pending) pending = hide(malloc(500));
    free(hide(malloc(24)));
  }
  return 3;
}
