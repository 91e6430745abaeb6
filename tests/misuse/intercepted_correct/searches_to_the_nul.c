// The NUL is the last byte, and what is looked for is there, or is not.
// expect: nothing
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  char* block = hide(strdup("key=value"));
  if (strchr(block, '=') != block + 3 || strchr(block, '!') != NULL || strchr(block, 0) != block + 9)
    return 1;
  if (strrchr(block, 'e') != block + 8 || strstr(block, "value") != block + 4 || strstr(block, "no") != NULL)
    return 2;
  if (strspn(block, "keyvalu=") != 9 || strcspn(block, "!") != 9 || strpbrk(block, "!=") != block + 3)
    return 3;
  if (strchrnul(block, '!') != block + 9) return 4;
  free(block);
  return 0;
}
