// globfree() of two copies of one result: the second one frees names that it reads from a freed table.
// expect: use-after-free
#include <glob.h>

#include "../misuse.h"

int main(void) {
  glob_t found;
  if (glob("/dev/nul[l]", 0, 0, &found) != 0) return 1;
  glob_t copy = found;
  globfree(&found);
  globfree(&copy);
  return 0;
}
