// A program that asks for a heap check, if it runs under Padlock.
// expect: heap-buffer-overflow
#include "../misuse.h"

__attribute__((weak)) size_t padlock_check_heap(void);

int main(void) {
  char* buffer = hide(malloc(56));
  overwrite(buffer, 56, 'c', 4);
  if (padlock_check_heap) padlock_check_heap();
  _Exit(3);
}
