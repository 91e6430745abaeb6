// status: 130
// A SIGINT that only the command gets, by kill(2): it is passed on.
#include <signal.h>

#include "pinpoint/programs/pinpoint.h"

int main(void) {
  kill(getppid(), SIGINT);
  for (;;) pause();
}
