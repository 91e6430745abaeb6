// tracer PROGRAM ARGUMENTS...: runs a program and traces it and all that it starts, as a debugger would. Its
// exit status is the program's.
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char** arguments) {
  const pid_t program = count > 1 ? fork() : -1;
  if (program < 0) return 99;
  if (program == 0) {
    raise(SIGSTOP);
    execvp(arguments[1], arguments + 1);
    _exit(98);
  }
  int status = 0;
  const long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
  if (waitpid(program, &status, WUNTRACED) != program || !WIFSTOPPED(status)) return 97;
  if (ptrace(PTRACE_SEIZE, program, NULL, options) != 0) return 96;
  kill(program, SIGCONT);
  for (;;) {
    const pid_t one = waitpid(-1, &status, __WALL);
    if (one < 0) return 95;
    if (!WIFSTOPPED(status)) {
      if (one == program) return WIFEXITED(status) ? WEXITSTATUS(status) : 94;
      continue;
    }
    const int event = status >> 16;
    const intptr_t signal = event != 0 ? 0 : WSTOPSIG(status);
    ptrace(PTRACE_CONT, one, NULL, signal);
  }
}
