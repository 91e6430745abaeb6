/* A library that has a bug: where only libraries allocate, a program linked with Padlock refers to nothing of
 * it. */
#include <stdlib.h>
#include <string.h>

void overrun(void) {
  char* volatile block = (char*)malloc(24);
  memset(block, 0, 25);
  free(block);
}
