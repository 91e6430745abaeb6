// The member of a record that has been freed.
// expect: use-after-free
#include <fcntl.h>

#include "../misuse.h"

int main(void) {
  char** record = hide(malloc(3 * sizeof *record));
  record[1] = "/dev/null";
  free(record);
  if (open(record[1], O_RDONLY) >= 0) return 1;
  return 0;
}
