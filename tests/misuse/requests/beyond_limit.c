/* A limit of the user's on one allocation: the largest block that it allows is given, the next larger one is
 * reported. */
// expect: invalid-size
// options: allocator_may_return_null=0:max_allocation_size_mb=2
#include "../misuse.h"

int main(void) {
  char* const fits = malloc(2 << 20);
  if (fits == NULL) return 1;
  char* const moved = realloc(fits, (2 << 20) + 1);
  return moved == NULL ? 0 : 2;
}
