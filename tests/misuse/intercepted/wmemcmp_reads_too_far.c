// The longer of two sizes.
// expect: heap-buffer-overflow
#include <wchar.h>

#include "../misuse.h"

int main(void) {
  wchar_t* one = hide(calloc(4, sizeof *one));
  wchar_t* other = hide(calloc(6, sizeof *other));
  hide((void*)(long)wmemcmp(one, other, 6));
  free(one);
  free(other);
  return 0;
}
