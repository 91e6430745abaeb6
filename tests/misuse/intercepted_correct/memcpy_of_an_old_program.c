// Linked as before glibc 2.14, when memcpy could do what memmove does.
// expect: nothing
#include <string.h>

#include "../misuse.h"

#ifdef __x86_64__
__asm__(".symver memcpy, memcpy@GLIBC_2.2.5");
#endif

int main(void) {
  char* text = hide(calloc(64, 1));
  strcpy(text, "0123456789");
  memcpy(text, text + 1, 10);
  if (strcmp(text, "123456789") != 0) return 1;
  free(text);
  return 0;
}
