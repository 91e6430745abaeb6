// Room for the characters, none for the NUL.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include "../misuse.h"

int main(void) {
  const char* name = hide("sixteen letters!");
  char* block = hide(malloc(strlen(name)));
  strcpy(block, name);
  free(block);
  return 0;
}
