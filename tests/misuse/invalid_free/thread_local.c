// A variable that each thread has one of: the first thread's lies beside no stack.
// expect: invalid-free
#include "../misuse.h"

static __thread long counter __attribute__((aligned(16)));

int main(void) {
  free(hide(&counter));
  return 0;
}
