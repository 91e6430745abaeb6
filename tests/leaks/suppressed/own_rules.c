// The program has rules of its own.
// says: ^==[0-9]+==Padlock: suppressed by leak:lose: 9 bytes in 1 block$
#include "../leaks.h"

__attribute__((visibility("default"))) const char* __lsan_default_suppressions(void) {
  return "# known\nleak:lose\n";
}

__attribute__((noinline)) static void lose(void) { ((char*)take(9))[3] = 1; }

int main(void) {
  lose();
  clear_stack();
  return 0;
}
