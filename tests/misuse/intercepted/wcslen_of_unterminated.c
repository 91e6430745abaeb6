// A wide field without its end.
// expect: heap-buffer-overflow
#include <wchar.h>

#include "../misuse.h"

int main(void) {
  wchar_t* block = hide(malloc(4 * sizeof *block));
  for (int i = 0; i < 4; ++i) block[i] = L'a';
  hide((void*)wcslen(block));
  free(block);
  return 0;
}
