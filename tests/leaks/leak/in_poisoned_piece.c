// A pointer that lies in a piece of a pool which the pool has taken back leads nowhere; one beside it does.
// leak: Direct leak: 40 bytes in 1 block, take < fill < main
#include "../leaks.h"

__attribute__((weak)) void __asan_poison_memory_region(const volatile void* memory, size_t size);

static void** pool;

__attribute__((noinline)) static void fill(void) {
  pool[10] = take(40);
  pool[12] = take(50);
}

int main(void) {
  pool = malloc(200 * sizeof *pool);
  fill();
  clear_stack();
  __asan_poison_memory_region(pool + 10, 2 * sizeof *pool);
  return 0;
}
