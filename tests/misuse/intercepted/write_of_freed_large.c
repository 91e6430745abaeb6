// The inside of a large buffer that has been freed is sent.
// expect: use-after-free
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  char* block = hide(malloc(1 << 20));
  free(block);
  write(1, block + 70000, 100);
  return 0;
}
