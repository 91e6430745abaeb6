// In a register of the code that a signal has interrupted, on the stack and on an alternate one.
#include <signal.h>
#include <unistd.h>
#include "../leaks.h"

static volatile int found;

static void check(int signal) {
  clear_stack();
  found += __lsan_do_recoverable_leak_check() + (signal == 0);
}

/* The block is in a register alone, and in no place of the stack. */
__attribute__((noinline)) static void interrupt(int signal) {
  register long process __asm__("rdi") = getpid();
  register long number __asm__("rsi") = signal;
  register void* block __asm__("r15") = take(44);
  __asm__ volatile("syscall" : : "a"(62L), "r"(process), "r"(number), "r"(block) : "rcx", "r11", "memory");
  free(block);
}

int main(void) {
  static char stack[65536];
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternate, NULL);
  struct sigaction action = {.sa_handler = check};
  sigaction(SIGUSR1, &action, NULL);
  action.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR2, &action, NULL);
  interrupt(SIGUSR1);
  interrupt(SIGUSR2);
  return found;
}
