// A prefix is put before a path, by a call that reads the path while it is overwritten.
// expect: overlapping-copy
#include <stdio.h>

#include "../misuse.h"

int main(void) {
  char* path = hide(malloc(64));
  strcpy(path, "file.c");
  sprintf(path, "/tmp/%s", path);
  free(path);
  return 0;
}
