// A word of a wide line is longer than the block for it, which is narrow.
// expect: heap-buffer-overflow
#include <wchar.h>

#include "../misuse.h"

int main(void) {
  char* name = hide(malloc(4));
  int age = 0;
  swscanf(L"abcd 42", L"%s %d", name, &age);
  free(name);
  return age;
}
