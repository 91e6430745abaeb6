// status: 99
// A child of vfork(2), which works in the memory of its parent while that waits, damages a block. What lies
// in the registers of a call without arguments, here the address of the block, does not count. Both end as by
// a report.
#include <sys/wait.h>

#include "pinpoint/programs/pinpoint.h"

static NOINLINE void end_string(char* text, long length) { poke(text, length, 0, 1); }

static NOINLINE void make_child(char* in_register) {
  pid_t (*volatile make)(char*, char*) = (pid_t(*)(char*, char*))vfork;
  if (make(in_register, in_register) != 0) return;
  end_string(blocks[8], kSize - 1);
  end_string(blocks[8], kSize);
  _exit(0);
}

int main(void) {
  int status = 0;
  allocate_blocks();
  make_child(blocks[8]);
  wait(&status);
  free_blocks();
  return 0;
}
