// A pointer right behind the end of a block is none to it: the block is empty of what it could point to.
// leak: Direct leak: 32 bytes in 1 block, take < lose < main
#include "../leaks.h"

static char* end;

__attribute__((noinline)) static void lose(void) { end = (char*)take(32) + 32; }

int main(void) {
  lose();
  clear_stack();
  return end == NULL;
}
