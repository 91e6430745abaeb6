// Two blocks that point to each other and that nothing else points to; one that points to itself.
// leak: Direct leak: 8 bytes in 1 block, take < make_self < main
// leak: Indirect leak: 32 bytes in 1 block, take < make_cycle < main
// leak: Indirect leak: 32 bytes in 1 block, take < make_cycle < main
#include "../leaks.h"

__attribute__((noinline)) static void make_cycle(void) {
  void** one = take(32);
  void** other = take(32);
  one[1] = other;
  other[2] = one;
}
__attribute__((noinline)) static void make_self(void) {
  void** one = take(8);
  *one = one;
}

int main(void) {
  make_cycle();
  make_self();
  clear_stack();
  return 0;
}
