// regfree() twice: the second one goes through tables that the first one freed.
// expect: use-after-free
#include <regex.h>

#include "../misuse.h"

int main(void) {
  regex_t compiled;
  if (regcomp(&compiled, "a(b|c)*d", REG_EXTENDED) != 0) return 1;
  regex_t copy = compiled;
  regfree(&compiled);
  regfree(&copy);
  return 0;
}
