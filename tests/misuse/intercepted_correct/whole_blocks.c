// Every byte of blocks of many sizes, also after realloc.
// expect: nothing
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  for (size_t size = 1; size < 3000; size += 7) {
    char* a = hide(malloc(size));
    char* b = hide(calloc(1, size));
    memset(a, 1, size);
    memcpy(b, a, size);
    if (memcmp(a, b, size) != 0) return 1;
    a = hide(realloc(a, size + 5));
    memset(a, 2, size + 5);
    a = hide(realloc(a, size / 2 + 1));
    memmove(a, b, size / 2 + 1);
    a[size / 2] = 0;
    if (strlen(a) != size / 2) return 2;
    free(a);
    free(b);
  }
  return 0;
}
