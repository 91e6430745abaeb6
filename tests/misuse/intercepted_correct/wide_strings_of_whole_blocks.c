// Up to the exact end, and up to an early difference.
// expect: nothing
#include <wchar.h>

#include "../misuse.h"

int main(void) {
  wchar_t* block = hide(malloc(4 * sizeof *block));
  wcscpy(block, L"abc");
  if (wcslen(block) != 3 || wcsnlen(block, 100) != 3 || wcschr(block, L'c') != block + 2) return 1;
  block[3] = L'd';
  if (wcsnlen(block, 4) != 4 || wcsncmp(block, L"abx", 100) >= 0 || wmemchr(block, L'b', 100) != block + 1)
    return 1;
  if (wcscmp(block, L"abd") >= 0 || wcschr(block, L'd') != block + 3) return 1;
  wchar_t* copy = hide(malloc(4 * sizeof *copy));
  wcsncpy(copy, block, 4);
  wmemcpy(copy, block, 4);
  if (wmemcmp(copy, block, 4) != 0) return 1;
  free(copy);
  free(block);
  return 0;
}
