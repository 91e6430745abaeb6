// status: 3
// A child damages the block that it has from its parent, which then writes to its own.
#include <sys/wait.h>

#include "pinpoint/programs/pinpoint.h"

static NOINLINE void end_string(char* text, long length) { poke(text, length, 0, 1); }

int main(void) {
  int status = 0;
  allocate_blocks();
  const pid_t child = fork();
  if (child == 0) {
    end_string(blocks[8], kSize - 1);
    end_string(blocks[8], kSize);
    free_blocks();
    _exit(0);
  }
  waitpid(child, &status, 0);
  poke(blocks[8], 0, 'b', kSize);
  free_blocks();
  return WIFSIGNALED(status) ? 3 : 4;
}
