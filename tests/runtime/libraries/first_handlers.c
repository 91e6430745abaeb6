/* Installs signal handlers before Padlock is set up: loaded behind it, its constructor comes first. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

struct kernel_action {
  void (*handler)(int, siginfo_t*, void*);
  unsigned long flags;
  void (*restorer)(void);
  uint64_t mask;
};

enum { kRestorer = 0x04000000 };

__asm__(".text\nrestore_from_signal:\n movq $15, %rax\n syscall\n");
extern void restore_from_signal(void) __attribute__((visibility("hidden")));

/* What the program has it do. */
void (*first_does)(int, siginfo_t*, void*);

void first_handler(int signal, siginfo_t* info, void* context) {
  if (first_does != NULL) first_does(signal, info, context);
}

static void install(int signal, int flags, int blocked, int raw) {
  if (raw) {
    struct kernel_action action = {first_handler, (unsigned long)flags | kRestorer, restore_from_signal, 0};
    if (blocked != 0) action.mask = 1ull << (blocked - 1);
    syscall(SYS_rt_sigaction, signal, &action, NULL, 8);
    return;
  }
  struct sigaction action = {0};
  action.sa_sigaction = first_handler;
  action.sa_flags = flags;
  if (blocked != 0) sigaddset(&action.sa_mask, blocked);
  sigaction(signal, &action, NULL);
}

__attribute__((constructor)) static void install_all(void) {
  const int raw = getenv("FIRST_IS_RAW") != NULL;
  install(SIGSEGV, SA_SIGINFO | SA_ONSTACK | SA_RESETHAND, SIGUSR1, raw);
  install(SIGBUS, SA_SIGINFO | SA_NODEFER, 0, raw);
  install(SIGABRT, SA_SIGINFO, SIGUSR2, raw);
}
