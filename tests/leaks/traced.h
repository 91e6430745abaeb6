/* For programs that are traced as under a debugger: their threads cannot be traced once more. */
#pragma once

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs `traced` in a child under a tracer, as a debugger is one, and ends as the child does. */
static void run_under_tracer(void (*traced)(void)) {
  const pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP);
    traced();
  }
  int status = 0;
  for (pid_t stopped = waitpid(child, &status, 0); stopped > 0; stopped = waitpid(-1, &status, __WALL)) {
    if (stopped == child && WIFEXITED(status)) _exit(WEXITSTATUS(status));
    if (!WIFSTOPPED(status)) continue;
    if (status >> 16 == 0 && WSTOPSIG(status) == SIGSTOP)
      ptrace(PTRACE_SETOPTIONS, stopped, NULL, (void*)(PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL));
    const int passed = status >> 16 == 0 && WSTOPSIG(status) != SIGSTOP ? WSTOPSIG(status) : 0;
    ptrace(PTRACE_CONT, stopped, NULL, (void*)(long)passed);
  }
  _exit(8);
}
