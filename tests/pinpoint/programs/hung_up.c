// status: 129
// The command gets a SIGHUP in its first run: there is no other one, and the status is not the program's own.
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
