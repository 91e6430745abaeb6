// A rule of another kind, and lines that are no rules: reported, and the leak is too.
// suppress: double-free:lose
// suppress: leek:lose
// suppress: lose
// leak: Direct leak: 9 bytes in 1 block, take < lose < main
// says: ^==[0-9]+==WARNING: Padlock: suppressions: .*/rules: line 2: 'leek:lose' names no kind of report$
// says: ^==[0-9]+==WARNING: Padlock: suppressions: .*/rules: line 3: 'lose' has no ':': write kind:pattern$
#include "../leaks.h"

__attribute__((noinline)) static void lose(void) { ((char*)take(9))[3] = 1; }

int main(void) {
  lose();
  clear_stack();
  return 0;
}
