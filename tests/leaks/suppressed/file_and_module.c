// By the name of a source file, and by that of a module; nothing is left.
// suppress: leak:*/suppressed/file_and_*.c
// suppress: leak:never_*_matches
// says: ^==[0-9]+==Padlock: suppressed by leak:\*/suppressed/file_and_\*\.c: 27 bytes in 3 blocks$
#include "../leaks.h"

__attribute__((noinline)) static void lose(void) { ((char*)take(9))[3] = 1; }

int main(void) {
  lose();
  for (int i = 0; i < 2; ++i) lose();
  clear_stack();
  return 0;
}
