// SIGSEGV of the program's own bad pointers, and of a misaligned access beside a value of freed memory.
// expect: nothing
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>

#include "../misuse.h"

static sigjmp_buf back;
static volatile sig_atomic_t caught;

static void on_fault(int number, siginfo_t* info, void* context) {
  (void)number, (void)info, (void)context;
  ++caught;
  siglongjmp(back, 1);
}

static NOINLINE void load(unsigned long address) {
  if (sigsetjmp(back, 1) == 0) (void)*(volatile char*)hide((void*)address);
}

static NOINLINE void load_misaligned(char* at, unsigned long* freed) {
  if (sigsetjmp(back, 1) != 0) return;
  __asm__ volatile(
      "mov (%1), %%rcx\n"
      "movaps 4(%0), %%xmm0"
      :
      : "r"(at), "r"(freed)
      : "rcx", "xmm0", "memory");
}

int main(void) {
  struct sigaction action = {0};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
  static const unsigned long kBad[] = {
      0x4141414141414141, 0x8000000000000000, 0x7fffffffffffffff, 0x4000000000000000, 0xbfffffffffffffff,
      0xaaaaaaaaaaaaaaaa, 0x5555555555555555, 0xdeadbeefdeadbeef, 0x0123456789abcdef, 0xfedcba9876543210};
  const int bad = (int)(sizeof kBad / sizeof *kBad);
  for (int i = 0; i < bad; ++i) load(kBad[i]);
  char room[64] __attribute__((aligned(16))) = {0};
  unsigned long* freed = hide(malloc(64));
  free(freed);
  load_misaligned(room, hide(freed));
  return caught == bad + 1 ? 0 : 1;
}
