// status: 136
// A signal that dumps core ends the program, whose heap is sound.
#include <signal.h>

#include "pinpoint/programs/pinpoint.h"

int main(void) {
  allocate_blocks();
  free_blocks();
  raise(SIGFPE);
  return 0;
}
