// The status of leaks is an option.
// leak: Direct leak: 24 bytes in 1 block, take < lose < main
// options: leak_exitcode=7
// status: 7
#include "../leaks.h"

__attribute__((noinline)) static void lose(void) { take(24); }

int main(void) {
  lose();
  clear_stack();
  return 3;
}
