// A handler that allocates, but never while the allocator is at work: the signal comes from raise().
// expect: nothing
#include <signal.h>

#include "../misuse.h"

static void* volatile block;

static void on_signal(int number) {
  (void)number;
  block = realloc(block, 1000);
}

int main(void) {
  signal(SIGUSR1, on_signal);
  for (int i = 0; i < 1000; ++i) raise(SIGUSR1);
  free(block);
  return 0;
}
