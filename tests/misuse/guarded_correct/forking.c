// What a child does with its parent's blocks is its own affair.
// expect: nothing
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

#include <sys/wait.h>

int main(void) {
  char* text = hide(malloc(48));
  strcpy(text, "parent");
  for (int i = 0; i < 3; ++i) {
    if (fork() == 0) {
      strcpy(text, "child");
      free(text);
      free(hide(malloc(48)));
      _exit(0);
    }
    int status = 0;
    wait(&status);
    if (status != 0 || strcmp(text, "parent") != 0) return 1;
  }
  free(text);
  return 0;
}
