// What is logged has been freed.
// expect: use-after-free
#include <syslog.h>

#include "../misuse.h"

int main(void) {
  char* name = hide(strdup("somebody"));
  free(name);
  syslog(LOG_DEBUG, "%s left", name);
  return 0;
}
