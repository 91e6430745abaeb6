// The same of a wide string.
// expect: overlapping-copy
#include <wchar.h>

#include "../misuse.h"

int main(void) {
  wchar_t* name = hide(calloc(32, sizeof *name));
  wmemcpy(name, L"mr longname", 11);
  wcscpy(name, name + 3);
  free(name);
  return 0;
}
