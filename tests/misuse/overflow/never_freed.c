// The damaged block is never freed: the check at exit finds it.
// expect: heap-buffer-overflow
#include "../misuse.h"

char* volatile keep;

int main(void) {
  keep = malloc(100);
  overwrite(keep, 100, '!', 2);
  return 0;
}
