// A program that takes faults on pages of its own, and goes on.
// expect: nothing
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

static sigjmp_buf back;
static char* page;
static volatile int faults;

static void on_fault(int signal, siginfo_t* info, void* context) {
  if ((char*)info->si_addr != page + 8) _exit(1);
  ++faults;
  siglongjmp(back, 1);
}

int main(void) {
  struct sigaction action = {0};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &action, NULL);
  page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char* text = hide(malloc(48));
  for (volatile int i = 0; i < 3; ++i) {
    if (sigsetjmp(back, 1) == 0) text[0] = *(volatile char*)(page + 8);
  }
  free(text);
  return faults == 3 ? 0 : 2;
}
