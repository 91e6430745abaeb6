// The block is as long as the pointer to it.
// expect: heap-buffer-overflow
#include <sys/stat.h>

#include "../misuse.h"

int main(void) {
  struct stat* status = hide(malloc(sizeof status));
  stat("/", status);
  free(status);
  return 0;
}
