// A size in bytes where one in characters is wanted.
// expect: heap-buffer-overflow
#include <wchar.h>

#include "../misuse.h"

int main(void) {
  wchar_t* block = hide(malloc(40));
  wmemset(block, L' ', 40);
  free(block);
  return 0;
}
