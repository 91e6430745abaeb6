// What getenv returns is the environment's.
// expect: invalid-free
#include "../misuse.h"

int main(void) {
  free(hide(getenv("LC_ALL")));
  return 0;
}
