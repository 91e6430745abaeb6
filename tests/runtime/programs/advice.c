/* A byte is written past a block's end, in a process of whose surroundings advice depends: "plain"; "traced"
 * by its parent, as in a debugger; with "threads". Ends with 77 where the system does not let it be traced.
 */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void* allocate(void* unused) {
  free(OPAQUE(malloc(16)));
  return unused;
}

static void damage(void) {
  char* const block = OPAQUE(malloc(24));
  block[24] = 0;
  free(block);
}

static void start_thread(void) {
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, allocate, NULL) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
}

/* Continues the child until it ends, and ends as it has. */
static int trace(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
    const int signal = WSTOPSIG(status) == SIGSTOP ? 0 : WSTOPSIG(status);
    ptrace(PTRACE_CONT, child, NULL, (void*)(long)signal);
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char** argv) {
  CHECK(argc > 1);
  if (strstr(argv[1], "traced") != NULL) {
    const pid_t child = fork();
    if (child != 0) _exit(trace(child));
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) _exit(77);
    raise(SIGSTOP);
  }
  if (strstr(argv[1], "threads") != NULL) start_thread();
  damage();
  return 0;
}
