// The place is for one of the names.
// expect: heap-buffer-overflow
#include <sys/utsname.h>

#include "../misuse.h"

int main(void) {
  char* name = hide(malloc(65));
  uname(hide(name));
  free(name);
  return 0;
}
