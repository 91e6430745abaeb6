/* A signal handler that allocates interrupts malloc until it hits: signal-unsafe-call, and no deadlock. */
#include <signal.h>
#include <sys/time.h>

#include "check.h"

static void on_alarm(int signal) {
  (void)signal;
  free(OPAQUE(malloc(100)));
}

int main(void) {
  signal(SIGALRM, on_alarm);
  const struct itimerval often = {{0, 200}, {0, 200}};
  setitimer(ITIMER_REAL, &often, NULL);
  for (int i = 0; i < 4000000; ++i) free(OPAQUE(malloc(200)));
  return 0;
}
