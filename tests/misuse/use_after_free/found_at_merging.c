// The block has left the quarantine; the write is found when it is merged with its neighbours.
// expect: use-after-free-write
// options: arena_quarantine_kb=128
#include <malloc.h>

#include "../misuse.h"

int main(void) {
  char* buffer = hide(malloc(50000));
  free(buffer);
  overwrite(buffer, 49999, 'm', 1);
  for (int i = 0; i < 1000; ++i) free(hide(malloc(40000)));
  malloc_trim(0);
  _Exit(3);
}
