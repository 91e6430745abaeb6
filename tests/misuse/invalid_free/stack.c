// The address of a local variable.
// expect: invalid-free
#include "../misuse.h"

int main(void) {
  char buffer[64] __attribute__((aligned(16))) = "local";
  free(hide(buffer));
  return 0;
}
