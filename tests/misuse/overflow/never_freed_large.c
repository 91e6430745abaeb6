// The same for a block with pages of its own.
// expect: heap-buffer-overflow
#include "../misuse.h"

enum { kSize = 300 * 1000 };
char* volatile keep;

int main(void) {
  keep = malloc(kSize);
  overwrite(keep, kSize, '!', 2);
  return 0;
}
