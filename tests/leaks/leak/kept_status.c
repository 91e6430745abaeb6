// Leaks that do not decide about the status.
// leak: Direct leak: 24 bytes in 1 block, take < lose < main
// options: leak_exitcode=0
// status: 3
#include "../leaks.h"

__attribute__((noinline)) static void lose(void) { take(24); }

int main(void) {
  lose();
  clear_stack();
  __lsan_do_leak_check();  // no end of the process, nor a second look
  return 3;
}
