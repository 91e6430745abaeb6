// A forked child reports what it has lost itself; what the parent lost, the parent reports.
// status: 0
// leak: Direct leak: 33 bytes in 1 block, take < lose < main
#include <sys/wait.h>
#include <unistd.h>
#include "../leaks.h"

static size_t hidden;

__attribute__((noinline)) static void lose(void) { ((char*)take(33))[3] = 1; }
__attribute__((noinline)) static void take_hidden(void) { hidden = ~(size_t)take(40); }
__attribute__((noinline)) static void release(void) { free((void*)~hidden); }

int main(void) {
  take_hidden();
  clear_stack();
  const pid_t child = fork();
  if (child == 0) {
    lose();
    clear_stack();
    exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  release();
  return WIFEXITED(status) && WEXITSTATUS(status) == 23 ? 0 : 1;
}
