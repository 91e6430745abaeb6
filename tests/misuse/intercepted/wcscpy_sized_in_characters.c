// Room counted in characters, not in bytes.
// expect: heap-buffer-overflow
#include <wchar.h>

#include "../misuse.h"

int main(void) {
  wchar_t* block = hide(malloc(8));
  wcscpy(block, L"four");
  free(block);
  return 0;
}
