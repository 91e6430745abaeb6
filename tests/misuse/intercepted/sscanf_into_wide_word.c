// The room for a wide word is that for its bytes.
// expect: heap-buffer-overflow
#include <stdio.h>
#include <wchar.h>

#include "../misuse.h"

int main(void) {
  wchar_t* name = hide(malloc(8));
  sscanf("ab", "%lls", name);
  free(name);
  return 0;
}
