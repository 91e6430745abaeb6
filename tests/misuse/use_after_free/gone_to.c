// The processor is at the value that was read from a freed block, as some are at a bad jump.
// expect: use-after-free
#define _GNU_SOURCE
#include <signal.h>
#include <ucontext.h>

#include "../misuse.h"

static long* cell;

static void go(int number, siginfo_t* info, void* raw) {
  (void)number, (void)info;
  ucontext_t* context = raw;
  long* stack = (long*)context->uc_mcontext.gregs[REG_RSP];
  *--stack = context->uc_mcontext.gregs[REG_RIP];
  context->uc_mcontext.gregs[REG_RSP] = (long)stack;
  context->uc_mcontext.gregs[REG_RIP] = *(long*)hide(cell);
}

static NOINLINE void jump(void) {
  raise(SIGUSR1);
  hide(cell);
}

int main(void) {
  struct sigaction action = {0};
  action.sa_sigaction = go;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGUSR1, &action, NULL);
  cell = hide(malloc(sizeof *cell));
  free(cell);
  jump();
  return 0;
}
