// status: 130
// The user interrupts the second run, as the terminal does it: the command and the program get the signal.
#include <fcntl.h>
#include <signal.h>

#include "pinpoint/programs/pinpoint.h"

int main(void) {
  allocate_blocks();
  const int mark = open(getenv("MARK"), O_CREAT | O_EXCL | O_WRONLY, 0600);
  if (mark < 0) {
    kill(getppid(), SIGINT);
    kill(getpid(), SIGINT);
    for (;;) pause();
  }
  poke(blocks[7], kSize, 0, 1);
  free_blocks();
  return 0;
}
