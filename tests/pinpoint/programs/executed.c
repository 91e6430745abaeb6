// status: 3
// The program starts another one, which has the bug.
#include <sys/wait.h>

#include "pinpoint/programs/pinpoint.h"

int main(int count, char** arguments) {
  allocate_blocks();
  if (count > 1) {
    poke(blocks[7], kSize, 0, 1);
    free_blocks();
    return 0;
  }
  int status = 0;
  if (fork() == 0) {
    execl(arguments[0], arguments[0], "again", (char*)0);
    _exit(1);
  }
  wait(&status);
  free_blocks();
  return WIFSIGNALED(status) ? 3 : 0;
}
