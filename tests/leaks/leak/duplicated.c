// strdup allocates for its caller.
// leak: Direct leak: 12 bytes in 1 block, lose < main
#include "../leaks.h"

static volatile int length;

__attribute__((noinline)) static void lose(void) { length = (int)strlen(strdup("eleven char")); }

int main(void) {
  lose();
  clear_stack();
  return 0;
}
