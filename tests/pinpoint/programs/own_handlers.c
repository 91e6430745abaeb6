// status: 134
// A program that handles SIGSEGV and SIGTRAP itself gets its own, and no others.
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include "pinpoint/programs/pinpoint.h"

static sigjmp_buf back;
static volatile int faults, traps;

static void on_fault(int signal, siginfo_t* info, void* context) {
  ++faults;
  siglongjmp(back, 1);
}

static void on_trap(int signal) { ++traps; }

static NOINLINE void end_string(char* text, long length) { poke(text, length, 0, 1); }

int main(void) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  char* const page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  sigaction(SIGSEGV, &action, NULL);
  signal(SIGTRAP, on_trap);
  allocate_blocks();
  for (volatile int i = 0; i < 5; ++i) {
    poke(blocks[6], i, 'b', 1);
    __asm__ volatile("int3");
    raise(SIGTRAP);
    if (sigsetjmp(back, 1) == 0) poke(page, i, 'b', 1);
  }
  if (faults != 5 || traps != 10) return 1;
  end_string(blocks[6], kSize);
  free_blocks();
  return faults == 5 && traps == 10 ? 0 : 2;
}
