// The same, found by a heap check.
// expect: use-after-free-write
#include "../misuse.h"

__attribute__((weak)) size_t padlock_check_heap(void);

int main(void) {
  char* buffer = hide(malloc(48));
  free(buffer);
  overwrite(buffer, 16, 'c', 8);
  if (padlock_check_heap) padlock_check_heap();
  _Exit(3);
}
