// status: 143
// The command is asked to end in its second run: the program is, too.
#include <fcntl.h>
#include <signal.h>

#include "pinpoint/programs/pinpoint.h"

int main(void) {
  allocate_blocks();
  const int mark = open(getenv("MARK"), O_CREAT | O_EXCL | O_WRONLY, 0600);
  if (mark < 0) {
    kill(getppid(), SIGTERM);
    for (;;) pause();
  }
  poke(blocks[7], kSize, 0, 1);
  free_blocks();
  return 0;
}
