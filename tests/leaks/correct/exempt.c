// Blocks that the program has exempted, and what only they point to.
#include "../leaks.h"

__attribute__((noinline)) static void lose_some(void) {
  void** ignored = take(48);
  *ignored = take(50);
  __lsan_ignore_object(ignored);
  __lsan_disable();
  void** disabled = take(52);
  __lsan_enable();
  *disabled = take(54);
  void* large = take(700000);
  __lsan_ignore_object((char*)large + 1000);
}

int main(void) {
  lose_some();
  clear_stack();
  return 0;
}
