// A signal arrives at the very first instruction of a function, which is the report's next frame.
// expect: heap-buffer-overflow
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1  // REG_RIP
#endif
#include <signal.h>
#include <ucontext.h>

#include "../misuse.h"

__attribute__((naked, noinline)) static void trap_at_once(void) { __asm__("ud2\n\tret"); }

static void on_trap(int number, siginfo_t* info, void* context) {
  (void)number;
  (void)info;
  ((ucontext_t*)context)->uc_mcontext.gregs[REG_RIP] += 2;  // behind the ud2
  char* block = hide(malloc(24));
  poke(block, 24, 0, 1);
  free(block);
}

int main(void) {
  struct sigaction action = {0};
  action.sa_sigaction = on_trap;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGILL, &action, NULL);
  trap_at_once();
  return 0;
}
