// status: 134
// Signals come all the time, and their handler writes to the block as well.
#include <signal.h>
#include <sys/time.h>

#include "pinpoint/programs/pinpoint.h"

static volatile int ticks;

static void on_tick(int signal) { poke(blocks[4], ticks++ % kSize, 'b', 1); }

static NOINLINE void end_string(char* text, long length) { poke(text, length, 0, 1); }

int main(void) {
  struct itimerval often = {{0, 200}, {0, 200}};
  struct itimerval never = {{0, 0}, {0, 0}};
  allocate_blocks();
  signal(SIGALRM, on_tick);
  setitimer(ITIMER_REAL, &often, NULL);
  while (ticks < 50) poke(blocks[4], 0, 'c', kSize);
  end_string(blocks[4], kSize);
  while (ticks < 60) continue;
  setitimer(ITIMER_REAL, &never, NULL);
  free_blocks();
  return 0;
}
