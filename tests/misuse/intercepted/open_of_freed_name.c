// A name that has been freed.
// expect: use-after-free
#include <fcntl.h>

#include "../misuse.h"

int main(void) {
  char* name = hide(strdup("/dev/null"));
  free(name);
  open(name, O_RDONLY);
  return 0;
}
