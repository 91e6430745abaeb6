// Whatever malloc_usable_size promises may be written.
// expect: nothing
#include <malloc.h>

#include "../misuse.h"

int main(void) {
  static const size_t sizes[] = {0, 1, 7, 24, 100, 4096, 100000, 262144, 1000001};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i) {
    char* bytes = hide(malloc(sizes[i]));
    size_t usable = malloc_usable_size(bytes);
    if (usable < sizes[i]) return 1;
    memset(bytes, 0xA5, usable);
    free(bytes);
  }
  return malloc_usable_size(NULL) != 0;
}
