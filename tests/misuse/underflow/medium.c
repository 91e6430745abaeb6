// One byte before a 64 KiB buffer, of which nothing is freed: found at exit.
// expect: heap-buffer-underflow
#include "../misuse.h"

char* volatile keep;

int main(void) {
  keep = malloc(64 * 1024);
  overwrite(keep, -1, 'm', 1);
  return 0;
}
