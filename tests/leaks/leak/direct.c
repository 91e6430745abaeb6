// A block whose only pointer is overwritten, and one whose pointer went out of scope.
// leak: Direct leak: 42 bytes in 1 block, take < lose < main
// leak: Direct leak: 24 bytes in 1 block, take < overwrite < main
#include "../leaks.h"

static void* kept;

__attribute__((noinline)) static void lose(void) { ((char*)take(42))[0] = 1; }
__attribute__((noinline)) static void overwrite(void) {
  kept = take(24);
  kept = NULL;
}

int main(void) {
  lose();
  overwrite();
  clear_stack();
  return 0;
}
