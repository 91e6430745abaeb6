// Found by a heap check.
// expect: metadata-corruption
#include "../misuse.h"

__attribute__((weak)) size_t padlock_check_heap(void);

int main(void) {
  volatile char* buffer = hide(malloc(5000));
  buffer[-12] ^= 1;
  if (padlock_check_heap) padlock_check_heap();
  _Exit(3);
}
