// status: 99
// A process that shares the memory of the one that has made it, which does not wait, but ends like a child of
// fork(2).
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "pinpoint/programs/pinpoint.h"

static char stack[256 * 1024] __attribute__((aligned(16)));

static NOINLINE int end_string(void* text) {
  poke(text, kSize, 0, 1);
  return 0;
}

int main(void) {
  int status = 0;
  allocate_blocks();
  const int child = clone(end_string, stack + sizeof stack, CLONE_VM | SIGCHLD, blocks[8]);
  waitpid(child, &status, 0);
  free_blocks();
  return 0;
}
