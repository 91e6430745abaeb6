/* A second heap in the process, whose way in is not called malloc. */
#define _GNU_SOURCE
#include <stddef.h>
#include <sys/mman.h>

__attribute__((visibility("default"))) void* mallocx(size_t size, int flags) {
  (void)flags;
  char* memory = (char*)mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return size > 32768 ? 0 : memory + 32;
}
