// The child reads what the parent freed before it.
// expect: use-after-free
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

#include <signal.h>
#include <sys/wait.h>

int main(void) {
  volatile char* text = hide(malloc(64));
  free((void*)text);
  int status = 0;
  if (fork() == 0) _exit(text[0] & 1);
  wait(&status);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) abort();
  return 0;
}
