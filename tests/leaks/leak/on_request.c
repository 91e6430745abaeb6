// Found while the program runs; it goes on, and at its end there is nothing any more.
// status: 0
// leak: Direct leak: 40 bytes in 1 block, take < take_hidden < main
#include "../leaks.h"

static size_t hidden;

__attribute__((noinline)) static void take_hidden(void) { hidden = ~(size_t)take(40); }
__attribute__((noinline)) static void release(void) { free((void*)~hidden); }

int main(void) {
  if (__lsan_do_leak_check == NULL || __lsan_do_recoverable_leak_check() != 0) return 1;
  take_hidden();
  clear_stack();
  if (__lsan_do_recoverable_leak_check() == 0) return 2;
  release();
  clear_stack();
  return __lsan_do_recoverable_leak_check();
}
