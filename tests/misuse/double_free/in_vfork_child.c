// A child of vfork shares its parent's memory: it is no thread of the parent's.
// expect: double-free
#include <sys/wait.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(33));
  free(buffer);
  if (vfork() == 0) {
    free(hide(buffer));
    _exit(0);
  }
  int status = 0;
  wait(&status);
  if (WIFSIGNALED(status)) abort();
  return 0;
}
