// An uninitialized pointer: nothing is mapped there.
// expect: invalid-free
#include "../misuse.h"

int main(void) {
  free(hide((void*)0x4141414141410));
  return 0;
}
