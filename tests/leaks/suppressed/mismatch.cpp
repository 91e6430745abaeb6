// Freed by the wrong function, which is known: the program goes on, and the block is freed.
// suppress: alloc-dealloc-mismatch:release_it
// says: ^==[0-9]+==Padlock: suppressed by alloc-dealloc-mismatch:release_it: 3 reports$
#include "../leaks.h"

[[gnu::noinline]] static void release_it(int* number) { free(number); }

int main() {
  for (int i = 0; i < 3; ++i) release_it(new int(i));
  clear_stack();
  return 0;
}
