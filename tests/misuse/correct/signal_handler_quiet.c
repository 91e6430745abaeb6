// A handler that interrupts the allocator thousands of times and does not allocate.
// expect: nothing
#include <signal.h>
#include <sys/time.h>

#include "../misuse.h"

static volatile sig_atomic_t ticks;

static void on_alarm(int number) {
  (void)number;
  ++ticks;
}

int main(void) {
  const struct itimerval often = {{0, 200}, {0, 200}};
  const struct itimerval never = {{0, 0}, {0, 0}};
  signal(SIGALRM, on_alarm);
  setitimer(ITIMER_REAL, &often, NULL);
  while (ticks < 500) {
    for (size_t i = 0; i < 1000; ++i) free(hide(malloc(i)));
  }
  setitimer(ITIMER_REAL, &never, NULL);
  return 0;
}
