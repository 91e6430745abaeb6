// The same of a block that is never freed.
// expect: heap-buffer-overflow
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

char* volatile kept;

int main(void) {
  kept = malloc(41);
  overwrite(kept, 42, 'x', 1);
  return 0;
}
