// memalign, posix_memalign, aligned_alloc, valloc and pvalloc, freed by free and grown by realloc.
// expect: nothing
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>

#include "../misuse.h"

static void use(void* pointer, size_t size, size_t alignment) {
  if (!pointer || (uintptr_t)pointer % alignment != 0) abort();
  memset(pointer, 1, size);
  char* grown = hide(realloc(pointer, size + 1000));
  if (grown[size - 1] != 1) abort();
  free(grown);
}

int main(void) {
  void* pointer = NULL;
  for (size_t alignment = 16; alignment <= 1 << 20; alignment *= 4) {
    use(memalign(alignment, 100), 100, alignment);
    use(aligned_alloc(alignment, alignment * 2), alignment * 2, alignment);
    if (posix_memalign(&pointer, alignment, 333) != 0) return 1;
    use(pointer, 333, alignment);
  }
  use(valloc(10), 10, 4096);
  use(pvalloc(10), 4096, 4096);
  volatile size_t odd = 24;
  return posix_memalign(&pointer, odd, 8) != EINVAL;
}
