/* A block is freed twice in a folder that has become the root of all files: names cannot be looked up. Ends
 * with 77 where only the superuser may do that, and it is not. */
#include <unistd.h>

#include "check.h"

int main(void) {
  char folder[] = "/tmp/padlock_no_names.XXXXXX";
  CHECK(mkdtemp(folder) != NULL);
  char* const block = OPAQUE(malloc(10));
  const int changed = chroot(folder);
  if (changed != 0) {
    rmdir(folder);
    return 77;
  }
  CHECK(chdir("/") == 0);
  free(block);
  free(OPAQUE(block));
  return 0;
}
