// Blocks that are as long as the path, and bounds that are not.
// expect: nothing
#include <stdlib.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  if (chdir("/usr/lib") != 0) return 1;
  char* block = hide(malloc(9));
  if (getcwd(block, 4096) != block || strcmp(block, "/usr/lib") != 0) return 1;
  if (getcwd(block, 9) != block || getcwd(block, 3) != NULL) return 1;
  if (realpath("/usr/./lib", block) != block || strcmp(block, "/usr/lib") != 0) return 1;
  free(block);
  block = realpath("/usr", NULL);
  if (strcmp(block, "/usr") != 0) return 1;
  free(block);
  return 0;
}
