/* A program closes a page of its own block, in memory that was made accessible last, and has a handler that
   opens it again: the handler gets each fault, once. Where it leaves the page closed, the program ends by the
   fault. */
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "check.h"

static volatile sig_atomic_t faults;
static char* page;

static void on_fault(int number, siginfo_t* info, void* context) {
  (void)number;
  (void)context;
  CHECK(info->si_addr == page + 8);
  ++faults;
  CHECK(mprotect(page, 4096, PROT_READ | PROT_WRITE) == 0);
}

int main(int count, char** words) {
  char* block = malloc(100000);
  CHECK(block != NULL);
  page = (char*)(((uintptr_t)block + 4095) & ~(uintptr_t)4095);
  if (count > 1) {
    mprotect(page, 4096, PROT_NONE);
    ((volatile char*)page)[8] = 1;
    return 1;
  }
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO;
  CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
  for (int i = 1; i <= 5; ++i) {
    CHECK(mprotect(page, 4096, PROT_NONE) == 0);
    ((volatile char*)page)[8] = (char)i;
    CHECK(faults == i && page[8] == i);
  }
  free(block);
  return 0;
}
