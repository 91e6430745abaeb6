// In memory that the program has mapped and registered, a page of which cannot be read.
#include <sys/mman.h>
#include "../leaks.h"

int main(void) {
  char* memory = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  __lsan_register_root_region(memory, 3 * 4096);
  *(void**)(memory + 16) = take(120);
  *(void**)(memory + 2 * 4096 + 8) = take(130);
  mprotect(memory + 4096, 4096, PROT_NONE);
  clear_stack();
  return 0;
}
