/* Opened with RTLD_DEEPBIND: what libc allocates for it is Padlock's, and so has to be the free that it
 * calls. */
#include <stdlib.h>
#include <string.h>

__attribute__((visibility("default"))) int run(int overrun) {
  char* volatile text = strdup("hello from the plugin");
  if (overrun) text[strlen(text) + 1] = 0;
  free(text);
  return 0;
}
