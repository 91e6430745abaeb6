// A constant default value that was never copied, in read-only memory.
// expect: invalid-free
#include "../misuse.h"

static const char name[] __attribute__((aligned(16))) = "default";

int main(void) {
  free(hide((void*)name));
  return 0;
}
