// The address of a thread's local variable.
// expect: invalid-free
#include <thread>

#include "../misuse.h"

static NOINLINE void work() {
  char buffer[64] __attribute__((aligned(16))) = "local";
  free(hide(buffer));
}

int main() {
  std::thread(work).join();
  return 0;
}
