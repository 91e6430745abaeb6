// status: 7
// The command gets a SIGHUP in its first run; the program ends in its own way, and there is no other run.
#include <signal.h>

#include "pinpoint/programs/pinpoint.h"

static void end(int signal) {
  (void)signal;
  _exit(7);
}

int main(void) {
  signal(SIGHUP, end);
  kill(getppid(), SIGHUP);
  for (;;) pause();
}
