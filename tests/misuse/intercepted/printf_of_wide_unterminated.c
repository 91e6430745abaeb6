// A wide string without its end.
// expect: heap-buffer-overflow
#include <stdio.h>
#include <wchar.h>

#include "../misuse.h"

int main(void) {
  wchar_t* block = hide(malloc(3 * sizeof *block));
  for (int i = 0; i < 3; ++i) block[i] = L'a' + i;
  fprintf(fopen("/dev/null", "w"), "%ls", block);
  free(block);
  return 0;
}
