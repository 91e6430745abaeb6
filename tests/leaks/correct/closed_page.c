// A block of which the program has closed a page: what lies behind it is looked at all the same.
#include <sys/mman.h>
#include "../leaks.h"

char* block;

int main(void) {
  if (posix_memalign((void**)&block, 4096, 4 * 4096) != 0) return 1;
  memset(block, 0, 4 * 4096);
  *(void**)(block + 8) = take(20);
  *(void**)(block + 3 * 4096) = take(21);
  mprotect(block + 4096, 4096, PROT_NONE);
  clear_stack();
  if (__lsan_do_recoverable_leak_check() != 0) return 2;
  mprotect(block + 4096, 4096, PROT_READ | PROT_WRITE);
  return 0;
}
