// A write to where no block has come, before others are allocated: the nearest says nothing of when.
// expect: heap-buffer-overflow
#include "../misuse.h"

int main(void) {
  char* first = hide(malloc(100));
  overwrite(first, 9000, 5, 1);
  for (int i = 0; i < 3; ++i) hide(malloc(150));
  return 0;
}
