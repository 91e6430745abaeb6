// A set of characters from a stream, read into the rest of a guarded block.
// expect: heap-buffer-overflow
// options: guard_all=1:guard_exact=1
#include <stdio.h>
#include <wchar.h>

#include "../misuse.h"

int main(void) {
  FILE* file = tmpfile();
  if (file == NULL || fputws(L"0123456789", file) < 0) return 1;
  rewind(file);
  char* digits = hide(malloc(16));
  fwscanf(file, L"%[0-9]", digits + 8);
  free(digits);
  return 0;
}
