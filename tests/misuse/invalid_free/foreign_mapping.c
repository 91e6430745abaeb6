// Memory from mmap.
// expect: invalid-free
#include <sys/mman.h>

#include "../misuse.h"

int main(void) {
  char* pages = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  free(hide(pages + 4096));
  return 0;
}
