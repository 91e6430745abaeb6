// A word of a wide line is longer than the block for it.
// expect: heap-buffer-overflow
#include <wchar.h>

#include "../misuse.h"

int main(void) {
  wchar_t* name = hide(malloc(2 * sizeof *name));
  int age = 0;
  swscanf(L"ab 42", L"%ls %d", name, &age);
  free(name);
  return age;
}
