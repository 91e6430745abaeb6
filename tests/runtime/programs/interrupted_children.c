/* Children born without fork handlers, in which a signal handler allocates while the first allocation finds
 * out that the process is a new one. What else the handler interrupts is the program's bug, and may be
 * reported; but every child comes to an end. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { kChildren = 200 };

static void allocate(int signal) {
  (void)signal;
  free(OPAQUE(malloc(50)));
}

static void be_interrupted(int delay) {
  const struct itimerval once = {.it_value = {0, 1 + delay % 60}};
  CHECK(setitimer(ITIMER_REAL, &once, NULL) == 0);
  free(OPAQUE(malloc(100)));
}

int main(void) {
  CHECK(signal(SIGALRM, allocate) != SIG_ERR);
  for (int i = 0; i < kChildren; ++i) {
    const pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);
    if (child == 0) {
      be_interrupted(i);
      _exit(0);
    }
    int status = 0;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) || WTERMSIG(status) == SIGABRT);
  }
  return 0;
}
