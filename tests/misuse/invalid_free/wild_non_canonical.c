// A pointer overwritten by text: no address at all.
// expect: invalid-free
#include "../misuse.h"

int main(void) {
  free(hide((void*)0x4141414141414141));
  return 0;
}
