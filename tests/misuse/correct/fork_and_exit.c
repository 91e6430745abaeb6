// Parent and child both leave through exit: two checks at exit, of the same heap image.
// expect: nothing
#include <sys/wait.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  char* shared = hide(malloc(500));
  const pid_t pid = fork();
  memset(shared, pid == 0, 500);
  free(shared);
  if (pid == 0) exit(0);
  int status = 1;
  waitpid(pid, &status, 0);
  return status;
}
