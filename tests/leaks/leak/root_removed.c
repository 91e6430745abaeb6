// Memory that was a root is none any more.
// leak: Direct leak: 88 bytes in 1 block, take < main
#include <sys/mman.h>
#include "../leaks.h"

int main(void) {
  void** memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  __lsan_register_root_region(memory, 8192);
  memory[600] = take(88);
  clear_stack();
  if (__lsan_do_recoverable_leak_check() != 0) return 1;
  __lsan_unregister_root_region(memory, 8192);
  clear_stack();
  return 0;
}
