// A program that catches SIGSEGV of pages it protected itself.
// expect: nothing
#include <signal.h>
#include <sys/mman.h>

#include "../misuse.h"

static char* page;
static volatile sig_atomic_t caught;

static void on_fault(int number, siginfo_t* info, void* context) {
  (void)number, (void)context;
  if (info->si_addr != page + 8) _Exit(2);
  caught = 1;
  mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

int main(void) {
  struct sigaction action = {0};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO;
  page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  sigaction(SIGSEGV, &action, NULL);
  *(volatile char*)(page + 8) = 1;
  return !caught;
}
