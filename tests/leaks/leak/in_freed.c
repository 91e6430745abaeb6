// The block that pointed to it was freed: freed memory is no root.
// leak: Direct leak: 48 bytes in 1 block, take < lose < main
#include "../leaks.h"

static void** parent;

__attribute__((noinline)) static void lose(void) {
  parent = take(64);
  parent[3] = take(48);
  free(parent);
}

int main(void) {
  lose();
  clear_stack();
  return 0;
}
