// In a process that is traced, so that its threads cannot be traced once more, and one of them blocks every
// signal by a call that libc does not know of: the check is not possible, and is said to be so.
// status: 24
// says: leak check not possible: a thread neither lets itself be traced nor takes a signal$
#include <sys/syscall.h>

#include "../leaks.h"
#include "../traced.h"

static volatile int ready;

static void* be_deaf(void* unused) {
  const unsigned long all = ~0UL;
  syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, NULL, sizeof all);
  ready = 1;
  for (;;) pause();
  return unused;
}

__attribute__((noinline)) static void be_traced(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, be_deaf, NULL);
  while (!ready) usleep(1000);
  exit(0);
}

int main(void) { run_under_tracer(be_traced); }
