// The size of the path, but not that of its NUL.
// expect: heap-buffer-overflow
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  if (chdir("/usr/lib") != 0) return 1;
  char* block = hide(malloc(8));
  getcwd(block, 4096);
  free(block);
  return 0;
}
