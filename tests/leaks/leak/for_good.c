// The check that ends the process: nothing behind it is done.
// leak: Direct leak: 40 bytes in 1 block, take < lose < main
#include "../leaks.h"

__attribute__((noinline)) static void lose(void) { ((char*)take(40))[3] = 1; }

int main(void) {
  lose();
  clear_stack();
  __lsan_do_leak_check();
  puts("not reached");
  return 5;
}
