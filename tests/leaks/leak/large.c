// A block with pages of its own, and a small one that only it points to.
// leak: Direct leak: 1000000 bytes in 1 block, take < lose < main
// leak: Indirect leak: 100 bytes in 1 block, take < lose < main
#include "../leaks.h"

__attribute__((noinline)) static void lose(void) {
  void** block = take(1000000);
  block[100000] = take(100);
}

int main(void) {
  lose();
  clear_stack();
  return 0;
}
