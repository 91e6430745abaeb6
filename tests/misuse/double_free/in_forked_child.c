// The parent freed the block before it forked; the child frees it again.
// expect: double-free
#include <sys/wait.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(33));
  free(buffer);
  if (fork() == 0) {
    free(hide(buffer));
    _exit(0);
  }
  int status = 0;
  wait(&status);
  if (WIFSIGNALED(status)) abort();
  return 0;
}
