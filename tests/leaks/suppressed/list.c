// What only suppressed blocks point to is suppressed with them; the rest is reported.
// suppress: leak:^make_list$
// leak: Direct leak: 9 bytes in 1 block, take < lose < main
// says: ^==[0-9]+==Padlock: suppressed by leak:\^make_list\$: 16 bytes in 1 block$
#include "../leaks.h"

__attribute__((noinline)) static void* make_text(void) { return take(33); }
__attribute__((noinline)) static void make_list(void* text) { *(void**)take(16) = text; }
__attribute__((noinline)) static void lose(void) { ((char*)take(9))[3] = 1; }

int main(void) {
  make_list(make_text());
  lose();
  clear_stack();
  return 0;
}
