// C23's free_sized with the wrong size.
// expect: delete-size-mismatch
#include "../misuse.h"

__attribute__((weak)) void free_sized(void* pointer, size_t size);

int main(void) {
  char* buffer = hide(malloc(100));
  if (free_sized) free_sized(buffer, 104);
  return 0;
}
