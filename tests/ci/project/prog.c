/* Does what its argument says: nothing wrong, a write past a block, a read past one, or a leak. */
#include <stdlib.h>
#include <string.h>

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "sound";
  char* volatile block = (char*)malloc(32);
  if (strcmp(what, "overrun") == 0) block[32] = 0;
  if (strcmp(what, "read") == 0) {
    volatile char beyond = block[32];
    (void)beyond;
  }
  if (strcmp(what, "leak") == 0) {
    block = NULL;
    return 0;
  }
  free(block);
  return 0;
}
