// A program that expects a fault far beyond a block of its own, and goes on: nothing to report.
// expect: nothing
#include <setjmp.h>
#include <signal.h>

#include "../misuse.h"

static sigjmp_buf back;

static void on_fault(int signal) {
  (void)signal;
  siglongjmp(back, 1);
}

static NOINLINE void store(volatile long* longs, long at) { longs[at] = 1; }

int main(void) {
  long* longs = hide(malloc(100));
  signal(SIGSEGV, on_fault);
  if (sigsetjmp(back, 1) == 0) store(longs, 1L << 29);
  free(longs);
  return 0;
}
